// finding.jsx: one finding in full.
import { marked } from 'marked';
import { useMemo } from 'preact/hooks';

import report, { timelineOf } from './data.js';
import { capital, count, plural } from './format.js';
import { Name, Stack, Where } from './frames.jsx';
import { toView } from './route.js';
import { threadColour } from './threads.js';
import { Timeline } from './timeline.jsx';
import { Witness } from './witness.jsx';

const sure = {
  observed: 'It happened in this run.',
  confirmed: 'It was predicted, and then made to happen.',
  predicted: 'It did not happen in this run, but what was recorded shows that it can.',
  possible: 'Something that would decide it is missing from the recording.',
};

function Thread({ thread, number }) {
  const name = thread.label || thread.name;
  return (
    <article class="thread" style={{ '--thread': threadColour(number) }}>
      <h4>
        <Name text={capital(name)} />
        <small title="Thread id, process id">tid {thread.tid}</small>
      </h4>
      {thread.stacks.map((stack, index) => (
        <section key={index} class="stack">
          <h5>
            <Name text={capital(stack.what)} />
          </h5>
          <Stack stack={stack} />
        </section>
      ))}
      {thread.created.length > 0 && (
        <p class="created">
          created in <Where numbers={thread.created} />
        </p>
      )}
    </article>
  );
}

function Objects({ objects }) {
  return (
    <div class="scroll">
      <table class="objects">
        <thead>
          <tr>
            <th>Name</th>
            <th>Type</th>
            <th>Created</th>
            <th>Address</th>
          </tr>
        </thead>
        <tbody>
          {objects.map((object, index) => (
            <tr key={index}>
              <td>
                <code>
                  <Name text={object.name} />
                </code>
                {object.scope && (
                  <small>
                    {' '}
                    in <Name text={object.scope} />
                  </small>
                )}
              </td>
              <td>{object.type}</td>
              <td>
                {object.first_seen_in_use && object.created.length > 0 && 'first used in '}
                <Where numbers={object.created} />
              </td>
              <td>
                <code>{object.address}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The page of the kind; it is ours, and the page's policy keeps anything in it from being run. */
function About({ kind }) {
  const page = (report.pages || {})[kind];
  const html = useMemo(() => page && marked.parse(page.replace(/^# .*\n/, '')), [page]);
  if (!html) return null;
  return (
    <details class="about">
      <summary>About {kind}: an example, why it matters, how to fix it</summary>
      <div class="prose" dangerouslySetInnerHTML={{ __html: html }} />
    </details>
  );
}

function inGraph(finding) {
  return report.graph && report.graph.edges.some((edge) => edge.finding === finding.id);
}

export function Finding({ finding, printed }) {
  const timeline = useMemo(() => timelineOf(finding.id), [finding]);
  const happened = finding.confidence === 'observed' || finding.confidence === 'confirmed';
  return (
    <article class="finding" aria-labelledby={`title-${finding.id}`}>
      <header>
        <p class="badges">
          <span class={`badge ${finding.severity}`}>{finding.severity}</span>
          <span class="badge kind">{finding.kind}</span>
          <span class="badge none" title={sure[finding.confidence]}>
            {finding.confidence}
          </span>
          <span class="seen">seen {plural(finding.count, 'time')}</span>
        </p>
        <h2 id={`title-${finding.id}`}>
          <Name text={finding.title} limit={400} />
        </h2>
        <p class="explanation">
          <Name text={finding.explanation} limit={4000} />
        </p>
        {finding.advice && (
          <p class="advice">
            <b>How to fix it</b>
            <Name text={finding.advice} limit={4000} />
          </p>
        )}
      </header>
      {finding.witness.length > 0 && (
        <section>
          <h3>{happened ? 'What happened' : 'How it can happen'}</h3>
          <Witness finding={finding} printed={printed} />
        </section>
      )}
      <section>
        <h3>{finding.threads.length > 1 ? 'Threads side by side' : 'Thread'}</h3>
        <div class="threads">
          {finding.threads.map((thread, index) => (
            <Thread key={index} thread={thread} number={index} />
          ))}
        </div>
      </section>
      {timeline && (
        <section>
          <h3>Who held, who waited</h3>
          <Timeline timeline={timeline} finding={finding} />
        </section>
      )}
      {finding.objects.length > 0 && (
        <section>
          <h3>Objects</h3>
          <Objects objects={finding.objects} />
        </section>
      )}
      <footer>
        <p class="facts">
          id <code>{finding.id}</code> · {sure[finding.confidence]}
          {finding.pids.length > 1 && ` Seen in ${plural(finding.pids.length, 'process', 'processes')}.`}
          {finding.count > 1 && ` ${count(finding.count)} sightings are told as one.`}{' '}
          {!printed && inGraph(finding) && (
            <a href={toView('graph', finding.id)}>Show it in the lock-order graph</a>
          )}
        </p>
        {!printed && <About kind={finding.kind} />}
      </footer>
    </article>
  );
}
