// data.js: the report that stands in the page, with what the views look up in it.
//
// The report is JSON in a script element that is never run.  Frames stand once in `frames`; stacks
// are lists of numbers into it (see html.c).

const report = JSON.parse(document.getElementById('report').textContent);

export default report;

export const frames = report.frames || [];
export const findings = report.findings;

const byId = new Map(findings.map((finding, index) => [finding.id, index]));
const timelines = new Map(report.timelines.entries.map((timeline) => [timeline.finding, timeline]));

export const findingNumber = (id) => byId.get(id) ?? -1;

/** The timeline of a finding, with its spans in full; undefined: there is none. */
export function timelineOf(id) {
  const timeline = timelines.get(id);
  if (!timeline) return undefined;
  const { locks } = report.timelines;
  const threads = timeline.threads.map((lane) => ({
    ...lane,
    spans: lane.spans.map(([lock, waits, from, to, exact, open]) => ({ lock: locks[lock], waits, from, to, exact, open })),
  }));
  return { ...timeline, threads };
}

export const framesOf = (numbers) => (numbers || []).map((number) => frames[number]);

/** A path as it is shown: below the directory that the report was made in without it. */
export function shownPath(path) {
  const directory = report.directory;
  return directory && path.startsWith(directory + '/') ? path.slice(directory.length + 1) : path;
}

export const baseName = (path) => path.slice(path.lastIndexOf('/') + 1);

/** "queue.c:12", or the module and offset; empty when nothing is known. */
export function place(frame, column) {
  if (frame.file) {
    const line = frame.line ? `:${frame.line}${column && frame.column ? `:${frame.column}` : ''}` : '';
    return shownPath(frame.file) + line;
  }
  return frame.module ? `${baseName(frame.module)}+${frame.module_offset}` : '';
}

/** The frame that names the place of a stack: the innermost of the program's own code. */
export function keyFrame(numbers) {
  const list = framesOf(numbers);
  return list.find((frame) => frame.role === 'program') || list[0];
}

/** Lines around a frame's place, [[number, text]], as far as they are in the report. */
export function sourceLines(frame, around) {
  const file = frame.file && frame.line ? report.sources[frame.file] : null;
  const lines = [];
  if (!file || frame.stale) return lines;
  for (let number = frame.line - around; number <= frame.line + around; number++)
    if (file[number] !== undefined) lines.push([number, file[number]]);
  return lines;
}

function* numbersOf(finding) {
  for (const thread of finding.threads) for (const stack of thread.stacks) yield* stack.frames;
  for (const object of finding.objects) yield* object.created;
}

const modules = new Map();
/** The programs and libraries in whose code a finding lies, by the last part of their paths. */
export function modulesOf(finding) {
  let known = modules.get(finding);
  if (!known) {
    known = new Set();
    for (const number of numbersOf(finding))
      if (frames[number].module && frames[number].role === 'program')
        known.add(baseName(frames[number].module));
    modules.set(finding, known);
  }
  return known;
}

const texts = new Map();
/** All that a search looks into, in lower case. */
export function textOf(finding) {
  let text = texts.get(finding);
  if (text === undefined) {
    const parts = [finding.id, finding.kind, finding.title, finding.explanation];
    for (const thread of finding.threads) parts.push(thread.name, thread.label);
    for (const object of finding.objects) parts.push(object.name, object.type);
    for (const number of new Set(numbersOf(finding)))
      parts.push(frames[number].function, frames[number].file, frames[number].module);
    text = parts.filter(Boolean).join('\n').toLowerCase();
    texts.set(finding, text);
  }
  return text;
}
