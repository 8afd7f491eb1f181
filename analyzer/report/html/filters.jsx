// filters.jsx: which findings are shown.
import report, { findings, modulesOf, textOf } from './data.js';
import { count } from './format.js';

export const noFilter = { text: '', kind: '', severity: '', confidence: '', module: '' };

let current = noFilter;
export const currentFilter = () => current;
export function rememberFilter(filter) {
  current = filter;
}

/** Every word of the text must be somewhere in the finding. */
export function passes(finding, filter) {
  return (
    (!filter.kind || finding.kind === filter.kind) &&
    (!filter.severity || finding.severity === filter.severity) &&
    (!filter.confidence || finding.confidence === filter.confidence) &&
    (!filter.module || modulesOf(finding).has(filter.module)) &&
    filter.text
      .toLowerCase()
      .split(/\s+/)
      .every((word) => !word || textOf(finding).includes(word))
  );
}

/** How many findings have each value, most first. */
function counted(valuesOf) {
  const counts = new Map();
  for (const finding of findings)
    for (const value of valuesOf(finding)) counts.set(value, (counts.get(value) || 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

const choices = {
  severity: counted((finding) => [finding.severity]),
  kind: counted((finding) => [finding.kind]),
  confidence: counted((finding) => [finding.confidence]),
  module: counted(modulesOf),
};
const all = { severity: 'Any severity', kind: 'Any kind', confidence: 'Any confidence', module: 'Any module' };

export function Filters({ filter, setFilter, shown, search }) {
  const set = (name, value) => setFilter({ ...filter, [name]: value });
  const active = Object.values(filter).some(Boolean);
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <input
        ref={search}
        type="search"
        name="text"
        placeholder="Search: function, file, lock, thread, id   ( / )"
        aria-label="Search the findings"
        value={filter.text}
        onInput={(event) => set('text', event.currentTarget.value)}
      />
      <div class="choices">
        {Object.entries(choices).map(([name, values]) => (
          <select
            key={name}
            name={name}
            aria-label={all[name]}
            class={filter[name] ? 'on' : ''}
            value={filter[name]}
            onChange={(event) => set(name, event.currentTarget.value)}
          >
            <option value="">{all[name]}</option>
            {values.map(([value, number]) => (
              <option key={value} value={value}>
                {value} ({count(number)})
              </option>
            ))}
          </select>
        ))}
      </div>
      <p class="shown" role="status">
        {count(shown)} of {count(report.findings.length)}
        {active && (
          <button type="button" class="link" onClick={() => setFilter(noFilter)}>
            Show all
          </button>
        )}
      </p>
    </form>
  );
}
