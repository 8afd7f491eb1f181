// threads.js: one colour a thread, in all parts of a finding.
const COLOURS = 8;

export const threadColour = (number) => `var(--thread-${number % COLOURS})`;

/** The number of the thread of a finding that a sentence begins with, and the rest of it; -1: none. */
export function subject(finding, sentence) {
  let best = -1;
  let length = 0;
  finding.threads.forEach((thread, number) => {
    const label = thread.label || thread.name;
    const begins = sentence.slice(0, label.length).toLowerCase() === label.toLowerCase();
    if (begins && label.length > length && (sentence[label.length] || ' ') === ' ') {
      best = number;
      length = label.length;
    }
  });
  return [best, best < 0 ? sentence : sentence.slice(length + 1)];
}
