// drawing.js: draws a part of the lock-order graph on a canvas, which bears thousands of nodes, and
// tells what is clicked.  Where the nodes are is layout.js's affair.
import { select } from 'd3-selection';
import { zoom, zoomIdentity } from 'd3-zoom';

import { count, shorten } from './format.js';
import { layOut } from './layout.js';
import { colours } from './theme.js';

const HEIGHT = 30;
const LETTER = 7.3; // width of one in the font below
const FONT = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace';
const NAME = 30;
const READABLE = 0.45; // scale from which on names are drawn
const NEAR = 6; // pixels around an edge that still hit it
const BEND = 22; // of edges that have a counterpart, and of loops
const STEPS = 12; // pieces of a curve when it is hit

/** Where a line from the middle of a node towards (x, y) leaves it. */
function border(node, x, y) {
  const dx = x - node.x || 0.01;
  const dy = y - node.y || 0.01;
  const scale = Math.min(node.width / 2 / Math.abs(dx), HEIGHT / 2 / Math.abs(dy));
  return [node.x + dx * scale, node.y + dy * scale];
}

/** A quadratic curve [x0, y0, cx, cy, x1, y1] from border to border. */
function curve(edge) {
  const { from, to } = edge;
  if (from === to) {
    const top = from.y - HEIGHT / 2;
    return [from.x - 12, top, from.x, top - 2 * BEND, from.x + 12, top];
  }
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = Math.hypot(dx, dy) || 1;
  const bend = edge.twin ? BEND : 0;
  const cx = (from.x + to.x) / 2 - (dy / length) * bend;
  const cy = (from.y + to.y) / 2 + (dx / length) * bend;
  return [...border(from, cx, cy), cx, cy, ...border(to, cx, cy)];
}

const along = ([x0, y0, cx, cy, x1, y1], t) => [
  (1 - t) * (1 - t) * x0 + 2 * t * (1 - t) * cx + t * t * x1,
  (1 - t) * (1 - t) * y0 + 2 * t * (1 - t) * cy + t * t * y1,
];

/** Nodes and edges as they are drawn. */
function prepare(shown) {
  const onCycle = new Set();
  const pairs = new Set(shown.edges.map((edge) => `${edge.from} ${edge.to}`));
  for (const edge of shown.edges) if (edge.cycle) onCycle.add(edge.from).add(edge.to);
  const nodes = shown.nodes.map((node) => {
    const label = shorten(node.name, NAME);
    return { id: node.id, node, label, width: Math.max(46, label.length * LETTER + 20), cycle: onCycle.has(node.id), x: 0, y: 0 };
  });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const edges = shown.edges.map((edge) => ({
    edge,
    from: byId.get(edge.from),
    to: byId.get(edge.to),
    twin: edge.from !== edge.to && pairs.has(`${edge.to} ${edge.from}`),
    cycle: edge.cycle,
    width: Math.min(4, 1 + Math.log10(edge.count + 1) / 2) + (edge.finding ? 1.5 : 0),
  }));
  // What stands out is drawn last.
  edges.sort((a, b) => a.cycle - b.cycle);
  return { nodes, edges, byId };
}

export class Drawing {
  /** on: {node(id), edge(edge), laid()}, called on a click and when all is in its place. */
  constructor(container, shown, on) {
    Object.assign(this, prepare(shown), { container, on, chosen: new Set(), near: null, view: zoomIdentity });
    this.colour = colours();
    this.canvas = document.createElement('canvas');
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute('aria-label', 'The graph; its locks and cycles are also in the list beside it. Arrows move it, + and - zoom.');
    container.replaceChildren(this.canvas);
    this.zoomer = zoom().scaleExtent([0.01, 4]).on('zoom', (event) => {
      this.view = event.transform;
      if (event.sourceEvent) this.moved = true;
      this.draw();
    });
    this.surface = select(this.canvas).call(this.zoomer);
    this.canvas.addEventListener('click', (event) => this.clicked(event));
    this.canvas.addEventListener('mousemove', (event) => this.pointed(event));
    this.canvas.addEventListener('keydown', (event) => this.pressed(event));
    this.resized = new ResizeObserver(() => this.resize());
    this.resized.observe(container);
    this.resize();
    this.stop = layOut(this.nodes, shown.edges, (positions, done) => this.place(positions, done));
    container.drawing = this; // for those who look at the page from its console
  }

  place(positions, done) {
    this.nodes.forEach((node, index) => {
      node.x = positions[index].x;
      node.y = positions[index].y;
    });
    if (!this.moved) this.fit();
    this.draw();
    if (!done) return;
    this.laid = true;
    this.on.laid();
    if (this.chosen.size) this.show();
  }

  resize() {
    const { clientWidth, clientHeight } = this.container;
    const scale = devicePixelRatio || 1;
    if (this.width === clientWidth && this.height === clientHeight) return;
    this.width = clientWidth;
    this.height = clientHeight;
    this.canvas.width = clientWidth * scale;
    this.canvas.height = clientHeight * scale;
    this.canvas.style.width = `${clientWidth}px`;
    this.canvas.style.height = `${clientHeight}px`;
    if (!this.moved && this.stop) this.fit();
    this.draw();
  }

  draw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  /** The part of the plane that can be seen. */
  visible() {
    const [left, top] = this.view.invert([0, 0]);
    const [right, bottom] = this.view.invert([this.width, this.height]);
    return (x, y, room) => x > left - room && x < right + room && y > top - room && y < bottom + room;
  }

  paint() {
    const context = this.canvas.getContext('2d');
    const scale = devicePixelRatio || 1;
    const { k, x, y } = this.view;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.setTransform(scale * k, 0, 0, scale * k, scale * x, scale * y);
    const inside = this.visible();
    context.lineCap = 'round';
    for (const edge of this.edges)
      if (inside(edge.from.x, edge.from.y, 300) || inside(edge.to.x, edge.to.y, 300)) this.paintEdge(context, edge, k);
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    for (const node of this.nodes) if (inside(node.x, node.y, 160)) this.paintNode(context, node, k);
    context.globalAlpha = 1;
  }

  paintEdge(context, edge, k) {
    const path = curve(edge);
    const [, , cx, cy, x1, y1] = path;
    const faint = this.near && !(this.chosen.has(edge.from.id) || this.chosen.has(edge.to.id));
    context.globalAlpha = faint ? 0.15 : 1;
    context.strokeStyle = context.fillStyle = edge.cycle ? this.colour.error : this.colour.edge;
    context.lineWidth = k < 0.2 ? edge.width / 2 : edge.width;
    context.beginPath();
    context.moveTo(path[0], path[1]);
    context.quadraticCurveTo(cx, cy, x1, y1);
    context.stroke();
    if (k < 0.15) return;
    const angle = Math.atan2(y1 - cy, x1 - cx);
    const size = 8 + edge.width;
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x1 - size * Math.cos(angle - 0.4), y1 - size * Math.sin(angle - 0.4));
    context.lineTo(x1 - size * Math.cos(angle + 0.4), y1 - size * Math.sin(angle + 0.4));
    context.fill();
    if (k >= READABLE && !faint) this.paintCount(context, edge, along(path, 0.5));
  }

  paintCount(context, edge, [x, y]) {
    const text = count(edge.edge.count);
    context.font = '11px system-ui, sans-serif';
    const width = context.measureText(text).width + 6;
    const colour = context.fillStyle;
    context.fillStyle = this.colour.panel;
    context.fillRect(x - width / 2, y - 8, width, 16);
    context.fillStyle = edge.cycle ? this.colour.error : this.colour.muted;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(text, x, y + 0.5);
    context.fillStyle = colour;
  }

  paintNode(context, node, k) {
    const { colour } = this;
    const chosen = this.chosen.has(node.id);
    context.globalAlpha = this.near && !this.near.has(node.id) ? 0.2 : 1;
    context.fillStyle = node.cycle ? colour['error-soft'] : colour.node;
    context.strokeStyle = chosen ? colour.accent : node.cycle ? colour.error : colour.edge;
    context.lineWidth = chosen ? 4 : node.cycle ? 2 : 1;
    context.beginPath();
    context.roundRect(node.x - node.width / 2, node.y - HEIGHT / 2, node.width, HEIGHT, 8);
    context.fill();
    context.stroke();
    if (k < READABLE) return;
    context.fillStyle = colour.ink;
    context.font = `12px ${FONT}`;
    context.fillText(node.label, node.x, node.y + 0.5);
  }

  /** What is at a place of the canvas: {node} or {edge}, or nothing. */
  at(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    const [x, y] = this.view.invert([event.clientX - left, event.clientY - top]);
    const node = this.nodes.findLast((each) => Math.abs(each.x - x) <= each.width / 2 && Math.abs(each.y - y) <= HEIGHT / 2);
    if (node) return { node };
    const room = NEAR / this.view.k;
    const edge = this.edges.findLast((each) => {
      const path = curve(each);
      for (let step = 0; step <= STEPS; step++) {
        const [px, py] = along(path, step / STEPS);
        const [qx, qy] = along(path, Math.min(1, (step + 1) / STEPS));
        const length = (qx - px) ** 2 + (qy - py) ** 2 || 1;
        const t = Math.max(0, Math.min(1, ((x - px) * (qx - px) + (y - py) * (qy - py)) / length));
        if (Math.hypot(px + t * (qx - px) - x, py + t * (qy - py) - y) <= room + each.width / 2) return true;
      }
      return false;
    });
    return { edge };
  }

  clicked(event) {
    const { node, edge } = this.at(event);
    if (node) this.on.node(node.id);
    else if (edge) this.on.edge(edge.edge);
  }

  pointed(event) {
    const { node, edge } = this.at(event);
    this.canvas.style.cursor = node || edge ? 'pointer' : 'grab';
    this.canvas.title = node
      ? `${shorten(node.node.name, 300)} (${node.node.type})`
      : edge
        ? `${shorten(edge.to.node.name, 100)} was asked for ${count(edge.edge.count)}× while ${shorten(edge.from.node.name, 100)} was held`
        : '';
  }

  pressed(event) {
    const moves = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    if (event.key in moves) this.surface.call(this.zoomer.translateBy, ...moves[event.key].map((by) => by / this.view.k));
    else if (event.key === '+') this.zoom(1.4);
    else if (event.key === '-') this.zoom(1 / 1.4);
    else return;
    this.moved = true;
    event.preventDefault();
  }

  /** Where a node, or the middle of an edge by its number, is in the window. */
  positionOf({ node, edge }) {
    const found = edge === undefined ? null : this.edges.find((each) => each.edge.number === edge);
    const at = found ? along(curve(found), 0.5) : [this.byId.get(node).x, this.byId.get(node).y];
    const { left, top } = this.canvas.getBoundingClientRect();
    const [x, y] = this.view.apply(at);
    return [left + x, top + y];
  }

  choose(ids) {
    this.chosen = new Set(ids.filter((id) => this.byId.has(id)));
    this.near = null;
    if (this.chosen.size) {
      this.near = new Set(this.chosen);
      for (const { from, to } of this.edges)
        if (this.chosen.has(from.id) || this.chosen.has(to.id)) this.near.add(from.id).add(to.id);
      if (this.laid) this.show();
    }
    this.draw();
  }

  /** Brings what is chosen into view, where the whole is too large to see it. */
  show() {
    if (this.nodes.length < 40) return;
    this.moved = true;
    this.fit(this.nodes.filter((node) => this.near.has(node.id)));
  }

  zoom(factor) {
    this.moved = true;
    this.surface.call(this.zoomer.scaleBy, factor);
  }

  fit(nodes = this.nodes) {
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const node of nodes) {
      left = Math.min(left, node.x - node.width / 2);
      right = Math.max(right, node.x + node.width / 2);
      top = Math.min(top, node.y - HEIGHT);
      bottom = Math.max(bottom, node.y + HEIGHT);
    }
    if (!(right > left) || !this.width) return;
    const k = Math.min(1.3, (this.width - 60) / (right - left), (this.height - 110) / (bottom - top));
    const view = zoomIdentity.translate(this.width / 2, this.height / 2).scale(Math.max(k, 0.01)).translate(-(left + right) / 2, -(top + bottom) / 2);
    this.surface.call(this.zoomer.transform, view);
  }

  destroy() {
    this.stop();
    this.resized.disconnect();
    cancelAnimationFrame(this.frame);
    this.frame = -1;
    this.canvas.remove();
  }
}
