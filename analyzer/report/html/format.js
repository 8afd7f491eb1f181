// format.js: numbers and names as people read them.

/** "1.23 ms" from nanoseconds. */
export function duration(ns) {
  for (const [unit, name] of [[1e9, 's'], [1e6, 'ms'], [1e3, 'µs']]) {
    const value = ns / unit;
    if (value >= 1) return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${name}`;
  }
  return `${Math.round(ns)} ns`;
}

const grouping = new Intl.NumberFormat('en-US');
export const count = (number) => grouping.format(number);

export const percent = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)} %` : '–');

export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

/** The middle of a long name is left out. */
export function shorten(text, limit = 160) {
  if (text.length <= limit) return text;
  const half = (limit - 1) >> 1;
  return `${text.slice(0, half)}…${text.slice(-half)}`;
}

/** `text` with its first letter a capital one. */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Whether data races were looked for in these processes, and how. */
export function racesInWords(processes) {
  const full = processes.filter((process) => process.races === 'full').length;
  const sampled = processes.filter((process) => process.races === 'sample').length;
  if (!full && !sampled) return 'Data races were not looked for: --races=full does, and --races=sample at little cost.';
  const where = full + sampled < processes.length ? ` in ${full + sampled} of ${processes.length} processes` : '';
  if (!sampled) return `Data races were looked for with full coverage${where}.`;
  return `Data races were looked for by sampling${full ? ' or with full coverage' : ''}${where}: what is rare may not be seen.`;
}
