// frames.jsx: stacks with lines of source, and names that may be very long.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

import { framesOf, keyFrame, place, sourceLines } from './data.js';
import { plural, shorten } from './format.js';

/** A name: a long one is cut in its middle and can be opened. */
export function Name({ text, limit = 160 }) {
  const [whole, setWhole] = useState(false);
  if (!text || text.length <= limit) return <>{text}</>;
  return (
    <>
      {whole ? text : shorten(text, limit)}{' '}
      <button type="button" class="link" onClick={() => setWhole(!whole)}>
        {whole ? 'less' : 'whole name'}
      </button>
    </>
  );
}

export function Where({ numbers }) {
  const frame = keyFrame(numbers);
  if (!frame) return <>place not known</>;
  return (
    <span title={frame.file || frame.module || ''}>
      <code>
        <Name text={frame.function} limit={80} />
      </code>{' '}
      <span class="place">{place(frame)}</span>
    </span>
  );
}

function Source({ frame, around }) {
  const lines = sourceLines(frame, around);
  const box = useRef(null);
  // A long line is moved so that the call is seen.
  useLayoutEffect(() => {
    const mark = box.current && box.current.querySelector('mark');
    if (mark && mark.offsetLeft + mark.offsetWidth > box.current.clientWidth) box.current.scrollLeft = mark.offsetLeft - 90;
  }, []);
  if (!lines.length) return null;
  const least = Math.min(...lines.map(([, text]) => (text.trim() ? text.search(/\S/) : Infinity)));
  const indent = Number.isFinite(least) ? least : 0;
  return (
    <pre class="source" ref={box}>
      {lines.map(([number, text]) => {
        const here = number === frame.line;
        const column = here && frame.column > indent ? frame.column - 1 - indent : -1;
        const shown = text.slice(indent);
        return (
          <span key={number} class={here ? 'line here' : 'line'}>
            <span class="no">{number}</span>
            <span class="code">
              {column >= 0 && column < shown.length ? (
                <>
                  {shown.slice(0, column)}
                  <mark>{/^\w+/.exec(shown.slice(column))?.[0] || shown[column]}</mark>
                  {shown.slice(column + (/^\w+/.exec(shown.slice(column))?.[0].length || 1))}
                </>
              ) : (
                shown
              )}
            </span>
          </span>
        );
      })}
    </pre>
  );
}

function Frame({ frame, number, around }) {
  return (
    <li class={`frame ${frame.role}`}>
      <span class="nr">{number}</span>
      <div>
        <code class="function">
          <Name text={frame.function} />
        </code>
        {frame.inlined && <small class="inlined">inlined</small>}
        <span class="place" title={frame.file || frame.module || ''}>
          {place(frame, true)}
        </span>
        {frame.stale && <small class="inlined">the source has changed since</small>}
        <Source frame={frame} around={around} />
      </div>
    </li>
  );
}

/** Frames of one kind that follow each other: [program?, [[number, frame]]]. */
function groups(list) {
  const result = [];
  list.forEach((frame, number) => {
    const own = frame.role === 'program';
    if (!result.length || result[result.length - 1][0] !== own) result.push([own, []]);
    result[result.length - 1][1].push([number, frame]);
  });
  return result;
}

export function Stack({ stack }) {
  const list = framesOf(stack.frames);
  const key = keyFrame(stack.frames);
  const shown = list.filter((frame) => frame.role !== 'start' || list.every((other) => other.role === 'start'));
  const own = shown.some((frame) => frame.role === 'program');
  if (!shown.length) return <p class="empty">The stack is not known.</p>;
  return (
    <ol class="frames">
      {groups(shown).map(([program, entries], index) =>
        program || !own ? (
          entries.map(([number, frame]) => (
            <Frame key={number} frame={frame} number={number} around={frame === key ? 2 : 0} />
          ))
        ) : (
          <li key={`library ${index}`} class="folded">
            <details>
              <summary>{plural(entries.length, 'frame')} of libraries</summary>
              <ol class="frames">
                {entries.map(([number, frame]) => (
                  <Frame key={number} frame={frame} number={number} around={0} />
                ))}
              </ol>
            </details>
          </li>
        ),
      )}
      {stack.truncated && <li class="folded">… the stack was deeper than what is recorded</li>}
    </ol>
  );
}
