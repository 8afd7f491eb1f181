// run.jsx: the processes that were recorded, what is missing, and what was left out.
import report, { shownPath } from './data.js';
import { count, plural, racesInWords } from './format.js';
import { Name } from './frames.jsx';

function Process({ process }) {
  return (
    <tr>
      <td class="brief">{process.pid}</td>
      <td class="brief">{process.parent_pid || '–'}</td>
      <td class="wordy">
        <code>
          <Name text={process.argv.join(' ') || process.executable} limit={300} />
        </code>
        {process.notes.map((note, index) => (
          <p key={index} class="note">
            {note}
          </p>
        ))}
      </td>
      <td>{process.exit === null ? 'not known' : process.exit}</td>
      <td>{process.complete ? 'yes' : 'no'}</td>
      <td>{count(process.lost_events)}</td>
      <td class="wordy">
        <code>
          <Name text={shownPath(process.trace)} limit={120} />
        </code>
      </td>
    </tr>
  );
}

function Suppressions() {
  const list = report.suppressions || [];
  if (!list.length) return null;
  return (
    <section>
      <h3>Suppressions</h3>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Name</th>
              <th>File</th>
              <th>Used</th>
            </tr>
          </thead>
          <tbody>
            {list.map((entry, index) => (
              <tr key={index}>
                <td>
                  <Name text={entry.name} />
                </td>
                <td>
                  {shownPath(entry.file)}:{entry.line}
                </td>
                <td>{entry.used ? plural(entry.used, 'time') : <span class="badge warning">never</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

export function RunView() {
  const left = report.left_out || { hidden: 0, suppressed: 0, in_baseline: 0 };
  return (
    <main class="wide">
      <h2>The run</h2>
      <p>
        <code>
          <Name text={(report.program.argv || []).join(' ')} limit={2000} />
        </code>
      </p>
      {report.errors.map((error, index) => (
        <p key={index} class="alert">
          {error}
        </p>
      ))}
      <section>
        <h3>Processes</h3>
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th>pid</th>
                <th>parent</th>
                <th>command</th>
                <th>exit</th>
                <th>whole</th>
                <th>events lost</th>
                <th>trace</th>
              </tr>
            </thead>
            <tbody>
              {report.processes.map((process, index) => (
                <Process key={index} process={process} />
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <section>
        <h3>Data races</h3>
        <p>{racesInWords(report.processes)}</p>
      </section>
      <section>
        <h3>Left out</h3>
        <p>
          {count(left.hidden)} below the least severity, {count(left.suppressed)} suppressed, {count(left.in_baseline)} in the baseline.
        </p>
      </section>
      <Suppressions />
      <p class="facts">
        {report.tool.name} {report.tool.version}
      </p>
    </main>
  );
}
