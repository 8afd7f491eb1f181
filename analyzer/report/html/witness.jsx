// witness.jsx: the steps that lead into a finding, a column a thread, one step at a time.
import { useState } from 'preact/hooks';

import { capital, plural, shorten } from './format.js';
import { Name } from './frames.jsx';
import { subject, threadColour } from './threads.js';

const COLUMNS = 4; // more threads than this stand below each other

const leavesOut = (text) => text.startsWith('('); // steps that change nothing here
const waits = (text) => /\bwaits\b|\bcan never\b/.test(text);

function Step({ step, name, number, column, columns, current, choose }) {
  const { thread, text, full } = step;
  return (
    <li
      class={`step ${waits(full) ? 'waits' : ''} ${leavesOut(full) ? 'quiet' : ''} ${current === number ? 'now' : ''} ${current >= 0 && number > current ? 'later' : ''}`}
      aria-current={current === number ? 'step' : undefined}
      style={{ '--thread': thread < 0 ? 'var(--muted)' : threadColour(thread) }}
      onClick={() => choose(number)}
    >
      <span class="nr">{number + 1}</span>
      <span class="says" style={columns ? { gridColumn: column < 0 ? `2 / span ${columns}` : column + 2 } : {}}>
        {columns > 0 && thread >= 0 && <b class="who">{shorten(capital(name), 60)}</b>}
        <Name text={capital(columns && thread >= 0 ? text : full)} limit={400} />
      </span>
    </li>
  );
}

export function Witness({ finding, printed }) {
  const [current, setCurrent] = useState(-1);
  const steps = finding.witness.map((full) => {
    const [thread, text] = subject(finding, full);
    return { thread, text, full };
  });
  const lanes = [...new Set(steps.map((step) => step.thread).filter((thread) => thread >= 0))].sort((a, b) => a - b);
  const columns = lanes.length <= COLUMNS ? lanes.length : 0;
  const last = steps.length - 1;
  const nameOf = (thread) => finding.threads[thread].label || finding.threads[thread].name;
  const go = (step) => setCurrent(Math.max(0, Math.min(last, step)));
  const pressed = (event) => {
    if (event.key === 'ArrowRight') go(current + 1);
    else if (event.key === 'ArrowLeft') go(current < 0 ? last : current - 1);
    else return;
    event.preventDefault();
  };
  return (
    <div class="witness" tabIndex={printed ? undefined : 0} onKeyDown={pressed} role="group" aria-label={plural(steps.length, 'step')}>
      {!printed && (
        <div class="stepper">
          <button type="button" onClick={() => go(current < 0 ? 0 : current - 1)} disabled={current === 0} aria-label="Previous step">
            ‹
          </button>
          <span role="status">{current < 0 ? plural(steps.length, 'step') : `step ${current + 1} of ${steps.length}`}</span>
          <button type="button" onClick={() => go(current + 1)} disabled={current === last} aria-label="Next step">
            ›
          </button>
          {current >= 0 && (
            <button type="button" class="link" onClick={() => setCurrent(-1)}>
              all
            </button>
          )}
        </div>
      )}
      <ol class={columns ? 'steps lanes' : 'steps'} style={{ '--columns': columns || 1 }}>
        {columns > 0 && (
          <li class="heads" aria-hidden="true">
            {lanes.map((thread, index) => (
              <span key={thread} style={{ gridColumn: index + 2, '--thread': threadColour(thread) }}>
                <Name text={capital(nameOf(thread))} limit={60} />
              </span>
            ))}
          </li>
        )}
        {steps.map((step, number) => (
          <Step
            key={number}
            step={step}
            name={step.thread < 0 ? '' : nameOf(step.thread)}
            number={number}
            column={lanes.indexOf(step.thread)}
            columns={columns}
            current={current}
            choose={setCurrent}
          />
        ))}
      </ol>
    </div>
  );
}
