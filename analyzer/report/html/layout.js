// layout.js: places for the nodes of the lock-order graph, by libraries: layers (dagre) for graphs
// that a reader can follow, forces (d3-force) for larger ones, in slices so that the page stays alive.
import dagre from '@dagrejs/dagre';
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from 'd3-force';

const LAYERED = 160; // nodes, and twice as many edges: above, layering takes seconds
const TICKS = 140;
const SLICE = 40; // ms

function layers(nodes, edges) {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 70, edgesep: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(String(node.id), { width: node.width, height: 34 });
  edges.forEach((edge, index) => {
    if (edge.from !== edge.to) graph.setEdge(String(edge.from), String(edge.to), {}, String(index));
  });
  dagre.layout(graph);
  return nodes.map((node) => graph.node(String(node.id)));
}

/**
 * Calls place(positions, done), positions in the order of the nodes, once or several times.  Returns
 * what ends it.
 */
export function layOut(nodes, edges, place) {
  if (nodes.length <= LAYERED && edges.length <= 2 * LAYERED) {
    place(layers(nodes, edges), true);
    return () => {};
  }
  const bodies = nodes.map((node) => ({ id: node.id, radius: node.width / 2 }));
  const simulation = forceSimulation(bodies)
    .force('link', forceLink(edges.map((edge) => ({ source: edge.from, target: edge.to }))).id((body) => body.id).distance(110))
    .force('charge', forceManyBody().strength(-380).theta(1.2).distanceMax(1500))
    .force('collide', forceCollide((body) => Math.min(60, body.radius)).strength(0.5))
    .force('x', forceX().strength(0.04))
    .force('y', forceY().strength(0.06))
    .alphaDecay(1 - 0.005 ** (1 / TICKS))
    .stop();
  let frame = 0;
  const slice = () => {
    const end = performance.now() + SLICE;
    do simulation.tick();
    while (performance.now() < end && simulation.alpha() > 0.005);
    const done = simulation.alpha() <= 0.005;
    place(bodies, done);
    if (!done) frame = requestAnimationFrame(slice);
  };
  frame = requestAnimationFrame(slice);
  return () => cancelAnimationFrame(frame);
}
