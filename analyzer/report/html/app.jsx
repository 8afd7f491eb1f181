// app.jsx: the frame of the page: what was run and how it ended, the views, the keys.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import report, { findings } from './data.js';
import { Filters, noFilter, passes, rememberFilter } from './filters.jsx';
import { Finding } from './finding.jsx';
import { FindingList } from './list.jsx';
import { count, plural, racesInWords, shorten } from './format.js';
import { GraphView } from './graph.jsx';
import { Help } from './help.jsx';
import { ProfileView } from './profile.jsx';
import { RunView } from './run.jsx';
import { chosen, replace, toFinding, toView, useRoute, views } from './route.js';
import { nextTheme, themeName, useTheme } from './theme.js';

const titles = { findings: 'Findings', graph: 'Lock order', profile: 'Lock profile', run: 'Run' };
const numbers = {
  findings: findings.length,
  graph: report.graph ? report.graph.nodes.length : 0,
  profile: report.profile ? report.profile.classes.length : 0,
};

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M4 9h13a6 6 0 0 1 6 6v9" />
      <path d="M28 23H15a6 6 0 0 1-6-6V8" />
      <circle cx="23" cy="25" r="2.6" />
      <circle cx="9" cy="7" r="2.6" />
    </svg>
  );
}

function Verdict() {
  const { error, warning, info } = report.summary;
  return (
    <ul class="verdict" aria-label="Summary">
      <li class={error ? 'badge error' : 'badge none'}>{plural(error, 'error')}</li>
      <li class={warning ? 'badge warning' : 'badge none'}>{plural(warning, 'warning')}</li>
      {info > 0 && <li class="badge info">{count(info)} info</li>}
      {!report.complete && <li class="badge warning" title="See Run">incomplete</li>}
    </ul>
  );
}

function Header({ theme, setTheme, help }) {
  const argv = report.program.argv || [];
  return (
    <header class="top">
      <a class="brand" href={toView('findings')}>
        <Mark />
        threadcheck
      </a>
      <code class="command" title={shorten(argv.join(' '), 2000)}>
        {shorten(argv.join(' ') || 'no program', 200)}
      </code>
      <Verdict />
      <div class="tools">
        <button type="button" onClick={() => setTheme(nextTheme(theme))} title="Light, dark, or as the system says">
          {themeName(theme)}
        </button>
        <button type="button" onClick={help} aria-label="Keys" title="Keys (?)">
          ?
        </button>
      </div>
    </header>
  );
}

function Tabs({ view }) {
  return (
    <nav class="tabs" aria-label="Views">
      {views.map((name, index) => (
        <a key={name} href={toView(name)} aria-current={view === name ? 'page' : undefined} title={`Key ${index + 1}`}>
          {titles[name]}
          {numbers[name] !== undefined && <span class="number">{count(numbers[name])}</span>}
        </a>
      ))}
    </nav>
  );
}

function Nothing({ filtered }) {
  if (filtered) return <p class="empty">No finding passes the filters.</p>;
  if (!report.processes.length)
    return (
      <div class="empty">
        <h2>Nothing was recorded</h2>
        <p>No program with threads ran, or no trace could be read.</p>
      </div>
    );
  const left = report.left_out ? report.left_out.hidden + report.left_out.suppressed + report.left_out.in_baseline : 0;
  const raced = report.processes.some((process) => process.races);
  const notes = new Set(report.processes.flatMap((process) => process.notes));
  return (
    <div class="empty">
      <h2>Nothing to report</h2>
      <p>
        No deadlock, misuse of a lock{raced ? ', lost wake-up or data race' : ' or lost wake-up'} was found in this run
        {left ? ` (${plural(left, 'finding')} left out, see Run)` : ''}.
      </p>
      <p class="looked">{racesInWords(report.processes)}</p>
      {[...notes].slice(0, 5).map((note) => (
        <p key={note} class="looked">
          {note}
        </p>
      ))}
    </div>
  );
}

const QUICK = 1000; // ms between choices that follow each other
const REST = 150; // ms after which one is read

/** The value, but the last of several that follow each other quickly: a finding takes time to build. */
function useSettled(value) {
  const [settled, setSettled] = useState(value);
  const last = useRef(0);
  useEffect(() => {
    const now = performance.now();
    const quick = now - last.current < QUICK;
    last.current = now;
    if (!quick) {
      setSettled(value);
      return undefined;
    }
    const timer = setTimeout(() => setSettled(value), REST);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

function FindingsView({ route, filter, setFilter, search }) {
  const shown = useMemo(() => findings.filter((finding) => passes(finding, filter)), [filter]);
  const current = chosen(route, shown);
  const read = useSettled(current);
  const detail = useRef(null);
  useEffect(() => {
    if (detail.current) detail.current.scrollTop = 0;
  }, [read && read.id]);
  if (!findings.length) return <Nothing />;
  return (
    <main class={route.item ? 'split reading' : 'split'}>
      <section class="side" aria-label="List of findings">
        <Filters filter={filter} setFilter={setFilter} shown={shown.length} search={search} />
        {shown.length ? (
          <FindingList
            shown={shown}
            current={current}
            choose={(finding) => replace(toFinding(finding.id))}
            open={() => detail.current && detail.current.focus()}
          />
        ) : (
          <Nothing filtered />
        )}
      </section>
      <section class="detail" ref={detail} tabIndex={-1} aria-label="The finding">
        <a class="back" href={toView('findings')}>
          ‹ All findings
        </a>
        {read && <Finding key={read.id} finding={read} />}
      </section>
    </main>
  );
}

/** Whether a key belongs to what has the focus. */
function typing(event) {
  const target = event.target;
  return (
    event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)
  );
}

function useKeys(search, setHelp) {
  useEffect(() => {
    const pressed = (event) => {
      if (event.key === 'Escape' && event.target === search.current) {
        const option = document.querySelector('[role=option][tabindex="0"]');
        if (option) option.focus();
        return;
      }
      if (typing(event)) return;
      const view = views[Number(event.key) - 1];
      if (view) location.hash = toView(view);
      else if (event.key === '?') setHelp(true);
      else if (event.key === '/' && search.current) search.current.focus();
      else if ((event.key === 'j' || event.key === 'k') && !event.target.closest('[role=listbox]')) {
        const option = document.querySelector('[role=option][tabindex="0"]');
        if (option) option.focus();
      } else if (event.key === 'Escape') {
        const option = document.querySelector('[role=option][tabindex="0"]');
        if (option) option.focus();
        return;
      } else return;
      event.preventDefault();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}

export function App() {
  const route = useRoute();
  const [filter, setFilter] = useState(noFilter);
  const [help, setHelp] = useState(false);
  const [theme, setTheme] = useTheme();
  const search = useRef(null);
  rememberFilter(filter);
  useKeys(search, setHelp);
  useEffect(() => {
    const program = (report.program.argv || [])[0];
    document.title = program ? `${shorten(program, 60)} – threadcheck` : 'threadcheck report';
  }, []);
  return (
    <div class="page">
      <Header theme={theme} setTheme={setTheme} help={() => setHelp(true)} />
      <Tabs view={route.view} />
      {route.view === 'findings' && <FindingsView route={route} filter={filter} setFilter={setFilter} search={search} />}
      {route.view === 'graph' && <GraphView item={route.item} theme={theme} />}
      {route.view === 'profile' && <ProfileView item={route.item} />}
      {route.view === 'run' && <RunView />}
      {help && <Help close={() => setHelp(false)} />}
    </div>
  );
}
