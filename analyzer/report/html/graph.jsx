// graph.jsx: the lock-order graph.  What it draws can also be reached without the drawing: lists of
// cycles and of locks stand beside it.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { findingNumber, findings } from './data.js';
import { count, plural, shorten } from './format.js';
import { Name, Where } from './frames.jsx';
import { cycles, edges, edgesOf, nodeOf, nodes, part } from './graph_model.js';
import { Drawing } from './drawing.js';
import { toFinding, toView } from './route.js';

const MATCHES = 50;

function Edge({ edge, other, direction }) {
  const node = nodeOf.get(other);
  return (
    <li class={edge.cycle ? 'cycle' : ''}>
      <a href={toView('graph', node.id)}>
        {direction} <code>{shorten(node.name, 60)}</code>
      </a>{' '}
      <span class="number">×{count(edge.count)}</span>
      <br />
      <small>
        asked for in <Where numbers={edge.where} />
      </small>
      {edge.finding && findingNumber(edge.finding) >= 0 && (
        <>
          {' '}
          <a class="to-finding" href={toFinding(edge.finding)}>
            Finding
          </a>
        </>
      )}
    </li>
  );
}

function Node({ node }) {
  const { out, into } = edgesOf.get(node.id);
  return (
    <section class="node" aria-label="The chosen lock">
      <h3>
        <code>
          <Name text={node.name} limit={100} />
        </code>
      </h3>
      <p>
        {node.type}
        {node.created && node.created.length > 0 && (
          <>
            , <Where numbers={node.created} />
          </>
        )}
      </p>
      {out.length > 0 && <h4>While it was held</h4>}
      <ul class="edges">
        {out.map((edge) => (
          <Edge key={edge.number} edge={edge} other={edge.to} direction="→" />
        ))}
      </ul>
      {into.length > 0 && <h4>It was asked for while holding</h4>}
      <ul class="edges">
        {into.map((edge) => (
          <Edge key={edge.number} edge={edge} other={edge.from} direction="←" />
        ))}
      </ul>
    </section>
  );
}

function Cycles() {
  if (!cycles.length) return <p class="note">The order of locks has no cycle.</p>;
  return (
    <section aria-label="Cycles">
      <h3>{plural(cycles.length, 'cycle')}</h3>
      <ul class="edges">
        {cycles.slice(0, 200).map((cycle, index) => (
          <li key={index} class="cycle">
            <a href={toView('graph', cycle.nodes[0])}>
              {cycle.nodes.slice(0, 4).map((id, at) => (
                <span key={id}>
                  {at > 0 && ' ⇄ '}
                  <code>{shorten(nodeOf.get(id).name, 40)}</code>
                </span>
              ))}
              {cycle.nodes.length > 4 && ` and ${cycle.nodes.length - 4} more`}
            </a>
            {cycle.findings
              .filter((id) => findingNumber(id) >= 0)
              .slice(0, 3)
              .map((id) => (
                <a key={id} class="to-finding" href={toFinding(id)}>
                  {findings[findingNumber(id)].kind}
                </a>
              ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Matches({ text }) {
  const wanted = text.trim().toLowerCase();
  const found = nodes.filter((node) => node.name.toLowerCase().includes(wanted));
  return (
    <section aria-label="Locks found">
      <h3>{plural(found.length, 'lock')}</h3>
      <ul class="edges">
        {found.slice(0, MATCHES).map((node) => (
          <li key={node.id}>
            <a href={toView('graph', node.id)}>
              <code>{shorten(node.name, 60)}</code>
            </a>{' '}
            <small>{node.type}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The nodes that the address names: one by its number, or those of a finding. */
function chosenNodes(item) {
  const number = Number(item);
  if (item !== '' && nodeOf.has(number)) return [number];
  const ids = new Set();
  for (const edge of edges) if (item && edge.finding === item) ids.add(edge.from).add(edge.to);
  return [...ids];
}

const usual = nodes.length > 150 && cycles.length ? 'cycles' : 'all';
const scopes = { all: 'All', cycles: 'Cycles', near: 'Around the chosen' };

export function GraphView({ item, theme }) {
  const chosen = useMemo(() => chosenNodes(item), [item]);
  const [scope, setScope] = useState(usual);
  const [text, setText] = useState('');
  const [laid, setLaid] = useState(false);
  const canvas = useRef(null);
  const drawing = useRef(null);
  const shown = useMemo(() => part(scope, chosen), [scope, scope === 'near' ? item : '']);
  useEffect(() => {
    if (!canvas.current) return undefined;
    setLaid(false);
    drawing.current = new Drawing(canvas.current, shown, {
      node: (id) => (location.hash = toView('graph', id)),
      edge: (edge) =>
        (location.hash =
          edge.finding && findingNumber(edge.finding) >= 0 ? toFinding(edge.finding) : toView('graph', edge.to)),
      laid: () => setLaid(true),
    });
    drawing.current.choose(chosen);
    return () => drawing.current.destroy();
  }, [shown, theme]);
  useEffect(() => {
    if (chosen.length && !shown.nodes.some((node) => node.id === chosen[0])) setScope('near');
    else if (drawing.current) drawing.current.choose(chosen);
  }, [chosen]);
  if (!nodes.length)
    return (
      <main class="wide">
        <p class="empty">No thread asked for a lock while it held another.</p>
      </main>
    );
  return (
    <main class="split graph">
      <section class="side">
        <div class="filters">
          <input
            type="search"
            placeholder="Search locks"
            aria-label="Search locks"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <div class="choices" role="group" aria-label="What is drawn">
            {Object.entries(scopes).map(([name, title]) => (
              <button
                key={name}
                type="button"
                aria-pressed={scope === name}
                disabled={(name === 'near' && !chosen.length) || (name === 'cycles' && !cycles.length)}
                onClick={() => setScope(name)}
              >
                {title}
              </button>
            ))}
          </div>
          <p class="shown" role="status">
            {plural(shown.nodes.length, 'lock')}, {plural(shown.edges.length, 'edge')}
          </p>
        </div>
        <div class="panel">
          {text.trim() ? <Matches text={text} /> : null}
          {chosen.length === 1 && <Node node={nodeOf.get(chosen[0])} />}
          {!text.trim() && <Cycles />}
        </div>
      </section>
      <section class="drawing" aria-label="Drawing of the lock-order graph">
        <div class="canvas" ref={canvas} data-laid={laid ? 'yes' : 'no'} />
        <p class="legend">
          <i class="edge" /> asked for while holding <i class="edge red" /> on a cycle (thick: a finding, click it)
        </p>
        <div class="tools">
          <button type="button" onClick={() => drawing.current.zoom(1.4)} aria-label="Zoom in">
            +
          </button>
          <button type="button" onClick={() => drawing.current.zoom(1 / 1.4)} aria-label="Zoom out">
            −
          </button>
          <button type="button" onClick={() => drawing.current.fit()}>
            Fit
          </button>
        </div>
      </section>
    </main>
  );
}
