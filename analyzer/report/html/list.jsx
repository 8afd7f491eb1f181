// list.jsx: the list of findings.  One of them can have the focus; arrows, j and k move it.
import { memo } from 'preact/compat';
import { useLayoutEffect, useRef } from 'preact/hooks';

import { keyFrame, place } from './data.js';
import { count, shorten } from './format.js';

function where(finding) {
  for (const thread of finding.threads)
    for (const stack of thread.stacks) {
      const frame = keyFrame(stack.frames);
      if (frame) return place(frame);
    }
  return '';
}

const Item = memo(({ finding, selected, choose, open }) => (
  <li
    role="option"
    id={`item-${finding.id}`}
    class={`item ${finding.severity}`}
    aria-selected={selected}
    tabIndex={selected ? 0 : -1}
    onClick={() => {
      choose(finding);
      open();
    }}
  >
    <span class="what">
      <b>{finding.kind}</b>
      <span class="sure">{finding.confidence}</span>
    </span>
    <span class="title">{shorten(finding.title, 220)}</span>
    <span class="where">
      {shorten(where(finding), 80)}
      {finding.count > 1 && <span class="times">×{count(finding.count)}</span>}
    </span>
  </li>
), (old, next) => old.finding === next.finding && old.selected === next.selected);

const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };

export function FindingList({ shown, current, choose, open }) {
  const list = useRef(null);
  const moved = useRef(false);
  const at = shown.indexOf(current);
  useLayoutEffect(() => {
    const item = current && document.getElementById(`item-${current.id}`);
    if (!item) return;
    if (moved.current) item.focus({ preventScroll: true });
    item.scrollIntoView({ block: 'nearest' });
    moved.current = false;
  }, [current && current.id]);
  const pressed = (event) => {
    if (event.key === 'Enter' || event.key === ' ') {
      choose(current);
      open();
    } else if (event.key in steps && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const next = Math.max(0, Math.min(shown.length - 1, at + steps[event.key]));
      moved.current = true;
      choose(shown[next]);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  // What is chosen may not pass the filters; then the first item takes the focus.
  return (
    <ul class="list" role="listbox" aria-label="Findings" ref={list} onKeyDown={pressed}>
      {shown.map((finding, index) => (
        <Item
          key={finding.id}
          finding={finding}
          selected={index === at || (at < 0 && index === 0)}
          choose={choose}
          open={open}
        />
      ))}
    </ul>
  );
}
