// timeline.jsx: when the threads of a finding held locks and waited for them.
//
// A recording has clocks where threads block, and samples between; other times are the earliest that
// the order of events allows.  So two scales are offered: by order, where each moment has the same
// width, and by time.
import { scaleLinear, scalePoint } from 'd3-scale';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { duration, shorten } from './format.js';
import { threadColour } from './threads.js';

const ROW = 22;
const HEAD = 26;
const LANE_GAP = 14;
const AXIS = 30;
const COLOURS = 6;
const MOMENTS = 400; // more of them are no picture any more

/** Lanes with a row for each lock, from the top. */
function layOut(timeline) {
  let top = AXIS;
  const locks = new Map();
  const lanes = timeline.threads.map((lane) => {
    const rows = [...new Set(lane.spans.map((span) => span.lock))];
    for (const lock of rows) if (!locks.has(lock)) locks.set(lock, locks.size);
    const placed = { lane, rows, top };
    top += HEAD + rows.length * ROW + LANE_GAP;
    return placed;
  });
  return { lanes, locks, height: top };
}

function momentsOf(timeline) {
  const moments = new Set();
  for (const lane of timeline.threads)
    for (const span of lane.spans) {
      moments.add(span.from);
      moments.add(span.to);
    }
  return [...moments].sort((a, b) => a - b);
}

function useWidth(element) {
  const [width, setWidth] = useState(760);
  useEffect(() => {
    if (!element.current || typeof ResizeObserver === 'undefined') return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(320, Math.floor(entry.contentRect.width))));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return width;
}

function label(span, start) {
  const exact = span.exact ? '' : ' (times: the earliest that the recording allows)';
  const end = span.open ? 'until the end of the recording' : `until ${duration(span.to - start)}`;
  const time = `from ${duration(span.from - start)} ${end}, ${duration(span.to - span.from)}`;
  return `${span.waits ? 'waits for' : 'holds'} ${shorten(span.lock, 200)}: ${time}${exact}`;
}

function Span({ span, x, y, colour, start, width }) {
  const from = x(span.from);
  const to = span.open ? width - 4 : x(span.to);
  const size = Math.max(3, to - from);
  const text = span.waits ? `waits for ${span.lock}` : span.lock;
  const room = Math.floor((size - 10) / 6.6);
  return (
    <g class={`span ${span.waits ? 'waits' : 'holds'} ${span.exact ? '' : 'inexact'}`} style={{ '--lock': colour }}>
      <title>{label(span, start)}</title>
      <rect x={from} y={y + 2} width={size} height={ROW - 5} rx={span.open ? 0 : 3} />
      {room >= 3 && (
        <text x={from + 5} y={y + 14.5}>
          {shorten(text, room)}
        </text>
      )}
      {span.open && <path d={`M${to} ${y + 2}l5 ${(ROW - 5) / 2}l-5 ${(ROW - 5) / 2}z`} />}
    </g>
  );
}

function Axis({ x, marks, start, height }) {
  return (
    <g class="axis">
      {marks.map((moment) => (
        <g key={moment} transform={`translate(${x(moment)},0)`}>
          <line y1={AXIS - 8} y2={height - LANE_GAP} />
          <text y={AXIS - 13} text-anchor="middle">
            {duration(moment - start)}
          </text>
        </g>
      ))}
    </g>
  );
}

/** Moments that have room for their time. */
function spread(moments, x, room) {
  let last = -Infinity;
  return moments.filter((moment) => {
    if (x(moment) - last < room) return false;
    last = x(moment);
    return true;
  });
}

/** As many of the last moments as can be drawn: what matters is at the end. */
function latest(timeline) {
  const moments = momentsOf(timeline);
  if (moments.length <= MOMENTS) return { shown: timeline, moments };
  const first = moments[moments.length - MOMENTS];
  const threads = timeline.threads.map((lane) => ({ ...lane, spans: lane.spans.filter((span) => span.from >= first) }));
  const shown = { ...timeline, threads: threads.filter((lane) => lane.spans.length), cut: true };
  return { shown, moments: momentsOf(shown) };
}

export function Timeline({ timeline, finding }) {
  const box = useRef(null);
  const [byTime, setByTime] = useState(false);
  const [zoom, setZoom] = useState(1);
  const room = useWidth(box);
  const { shown, moments } = useMemo(() => latest(timeline), [timeline]);
  const { lanes, locks, height } = useMemo(() => layOut(shown), [shown]);
  const width = Math.max(room, byTime ? 0 : Math.min(moments.length * 14, 4000)) * zoom;
  const start = moments[0] || 0;
  const x = byTime
    ? scaleLinear([start, Math.max(moments[moments.length - 1], start + 1)], [14, width - 60])
    : scalePoint(moments, [14, width - 60]);
  const marks = spread(byTime ? x.ticks(Math.max(2, width / 110)) : moments, x, 64);
  const number = (lane) => Math.max(0, finding.threads.findIndex((thread) => thread.index === lane.index));
  return (
    <figure class="timeline">
      <figcaption>
        <span class="legend">
          <i class="holds" /> holds <i class="waits" /> waits <i class="inexact" /> time is the earliest possible
        </span>
        <span class="tools">
          <button type="button" aria-pressed={!byTime} onClick={() => setByTime(false)}>
            by order
          </button>
          <button type="button" aria-pressed={byTime} onClick={() => setByTime(true)}>
            by time
          </button>
          <button type="button" onClick={() => setZoom(zoom / 2)} disabled={zoom <= 1} aria-label="Zoom out">
            −
          </button>
          <button type="button" onClick={() => setZoom(zoom * 2)} disabled={zoom >= 64} aria-label="Zoom in">
            +
          </button>
        </span>
      </figcaption>
      <div class="scroll" ref={box} tabIndex={0} role="group" aria-label="Timeline">
        <svg width={width} height={height} role="img" aria-label="When threads held locks and waited for them">
          <Axis x={x} marks={marks} start={start} height={height} />
          {lanes.map(({ lane, rows, top }) => (
            <g key={lane.index}>
              <rect class="lane" x="0" y={top} width={width} height={HEAD + rows.length * ROW + 4} rx="6" />
              <text class="name" x="10" y={top + 17} fill={threadColour(number(lane))}>
                {shorten(lane.name, 80)}
              </text>
              {lane.spans.map((span, index) => (
                <Span
                  key={index}
                  span={span}
                  x={x}
                  y={top + HEAD + rows.indexOf(span.lock) * ROW - 2}
                  colour={`var(--lock-${locks.get(span.lock) % COLOURS})`}
                  start={start}
                  width={width}
                />
              ))}
            </g>
          ))}
        </svg>
      </div>
      {shown.cut && <p class="note">Only the last moments are drawn; the Perfetto format has all.</p>}
    </figure>
  );
}
