// graph_model.js: the lock-order graph: its cycles, and the parts of it that can be shown.
import report from './data.js';

const graph = report.graph || { nodes: [], edges: [] };

export const nodes = graph.nodes;
export const edges = graph.edges.map((edge, number) => ({ ...edge, number }));
export const nodeOf = new Map(nodes.map((node) => [node.id, node]));

export const edgesOf = new Map(nodes.map((node) => [node.id, { out: [], into: [] }]));
for (const edge of edges) {
  edgesOf.get(edge.from).out.push(edge);
  edgesOf.get(edge.to).into.push(edge);
}

/** Nodes that are on cycles with each other: edges that lie on cycles join no others. */
function findCycles() {
  const parent = new Map(nodes.map((node) => [node.id, node.id]));
  const root = (id) => {
    while (parent.get(id) !== id) {
      parent.set(id, parent.get(parent.get(id)));
      id = parent.get(id);
    }
    return id;
  };
  for (const edge of edges) if (edge.cycle) parent.set(root(edge.from), root(edge.to));
  const groups = new Map();
  for (const edge of edges) {
    if (!edge.cycle) continue;
    const key = root(edge.from);
    if (!groups.has(key)) groups.set(key, { nodes: new Set(), findings: new Set() });
    const group = groups.get(key);
    group.nodes.add(edge.from).add(edge.to);
    if (edge.finding) group.findings.add(edge.finding);
  }
  return [...groups.values()].map((group) => ({ nodes: [...group.nodes], findings: [...group.findings] }));
}

export const cycles = findCycles();

const NEIGHBOURS = 300;

/** Some nodes and those that an edge joins to them, as long as there are not too many. */
function around(ids) {
  const wanted = new Set(ids);
  for (const id of ids)
    for (const edge of [...edgesOf.get(id).out, ...edgesOf.get(id).into])
      if (wanted.size < ids.length + NEIGHBOURS) wanted.add(edge.from).add(edge.to);
  return wanted;
}

/** What a scope shows: 'all', 'cycles', or the neighbourhood of chosen nodes. */
export function part(scope, chosen) {
  const wanted =
    scope === 'cycles' ? new Set(cycles.flatMap((cycle) => cycle.nodes)) : scope === 'near' ? around(chosen) : null;
  if (!wanted) return { nodes, edges };
  return {
    nodes: nodes.filter((node) => wanted.has(node.id)),
    edges: edges.filter((edge) => wanted.has(edge.from) && wanted.has(edge.to)),
  };
}
