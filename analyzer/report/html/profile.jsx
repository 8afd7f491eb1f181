// profile.jsx: the lock profile: a table that sorts by any column, and where a lock was waited for.
import { useState } from 'preact/hooks';

import report, { place } from './data.js';
import { count, duration, percent, plural } from './format.js';
import { Name, Stack, Where } from './frames.jsx';

const known = (times) => (times.measured ? 1 : 0);
const time = (times, what) => (known(times) ? duration(times[what]) : '–');

// name, title, value to sort by (null: by name), cell
const columns = [
  ['name', 'Lock', 'the class of locks', null, (lock) => <Name text={lock.name} limit={60} />],
  ['acquired', 'Acquired', 'how often it was acquired', (lock) => lock.acquisitions, (lock) => count(lock.acquisitions)],
  [
    'contended',
    'Waited',
    'the share that had to wait',
    (lock) => lock.contended / Math.max(1, lock.acquisitions),
    (lock) => (lock.contended ? percent(lock.contended, lock.acquisitions) : '–'),
  ],
  ['wait', 'Wait, all', 'time waited, all together', (lock) => lock.wait.total, (lock) => time(lock.wait, 'total')],
  ['wait-mean', 'mean', 'mean wait', (lock) => lock.wait.mean, (lock) => time(lock.wait, 'mean')],
  ['wait-p99', 'p99', '99 of 100 waits are shorter', (lock) => lock.wait.p99, (lock) => time(lock.wait, 'p99')],
  ['wait-max', 'max', 'longest wait', (lock) => lock.wait.max, (lock) => time(lock.wait, 'max')],
  ['hold', 'Hold, all', 'time held, all together; estimated where only some were measured', (lock) => lock.hold.total, (lock) => time(lock.hold, 'total')],
  ['hold-mean', 'mean', 'mean hold', (lock) => lock.hold.mean, (lock) => time(lock.hold, 'mean')],
  ['hold-p99', 'p99', '99 of 100 holds are shorter', (lock) => lock.hold.p99, (lock) => time(lock.hold, 'p99')],
  ['hold-max', 'max', 'longest hold that was measured', (lock) => lock.hold.max, (lock) => time(lock.hold, 'max')],
  [
    'measured',
    'known',
    'the share of holds that were measured',
    (lock) => lock.hold.measured / Math.max(1, lock.hold.count),
    (lock) => (lock.hold.count ? percent(lock.hold.measured, lock.hold.count) : '–'),
  ],
];

function Usages({ title, usages }) {
  if (!usages.length) return null;
  const most = Math.max(...usages.map((usage) => usage.total), 1);
  return (
    <section>
      <h4>{title}</h4>
      <ol class="usages">
        {usages.map((usage, index) => (
          <li key={index}>
            <details>
              <summary>
                <span class="bar" style={{ '--share': usage.total / most }} />
                <b>{duration(usage.total)}</b> in {plural(usage.count, 'wait')} <Where numbers={usage.stack} />
              </summary>
              <Stack stack={{ frames: usage.stack }} />
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Details({ lock }) {
  const created = lock.created && lock.created.length > 0;
  return (
    <div class="usage">
      <p>
        {lock.type}
        {lock.objects > 1 && `, ${plural(lock.objects, 'object')}`}
        {created && (
          <>
            {', '}
            <Where numbers={lock.created} />
          </>
        )}
        {lock.convoy && (
          <>
            {'. '}
            <b>Worst convoy:</b> {duration(lock.convoy.time)} in which somebody always waited,{' '}
            {plural(lock.convoy.threads, 'thread')} in all.
          </>
        )}
      </p>
      <div class="halves">
        <Usages title="Who waited, and where" usages={lock.waiters} />
        <Usages title="Who held it meanwhile" usages={lock.holders} />
      </div>
      {!lock.waiters.length && <p class="note">Nobody waited for it.</p>}
    </div>
  );
}

function Row({ lock, most, open, toggle }) {
  return (
    <>
      <tr class={open ? 'open' : ''} onClick={toggle}>
        {columns.map(([name, , , , cell], index) =>
          index === 0 ? (
            <th key={name} scope="row">
              {toggle ? (
                <button type="button" class="fold" aria-expanded={open} aria-label={`Details of ${lock.name.slice(0, 100)}`}>
                  {open ? '▾' : '▸'}
                </button>
              ) : null}
              <code>{cell(lock)}</code> <small>{lock.type}</small>
            </th>
          ) : (
            <td key={name}>
              {name === 'wait' && lock.wait.total > 0 && <span class="bar" style={{ '--share': lock.wait.total / most }} />}
              {cell(lock)}
            </td>
          ),
        )}
      </tr>
      {open && (
        <tr class="details">
          <td colSpan={columns.length}>
            <Details lock={lock} />
          </td>
        </tr>
      )}
    </>
  );
}

export function ProfileTable({ classes, sort, setSort, opened, toggle }) {
  const most = Math.max(...classes.map((lock) => lock.wait.total), 1);
  return (
    <div class="scroll">
      <table class="profile">
        <thead>
          <tr>
            {columns.map(([name, title, help]) => (
              <th
                key={name}
                title={help}
                aria-sort={sort && sort.by === name ? (sort.down ? 'descending' : 'ascending') : undefined}
              >
                {setSort ? (
                  <button type="button" onClick={() => setSort({ by: name, down: sort.by === name ? !sort.down : name !== 'name' })}>
                    {title}
                    {sort.by === name && (sort.down ? ' ↓' : ' ↑')}
                  </button>
                ) : (
                  title
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {classes.map((lock) => (
            <Row
              key={lock.number}
              lock={lock}
              most={most}
              open={opened && opened.has(lock.number)}
              toggle={toggle && (() => toggle(lock.number))}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function sorted(classes, { by, down }) {
  const value = columns.find(([name]) => name === by)[3];
  const order = value
    ? (a, b) => value(a) - value(b) || a.number - b.number
    : (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.number - b.number);
  const list = [...classes].sort(order);
  return down ? list.reverse() : list;
}

function Highlights({ classes }) {
  const waited = classes.reduce((sum, lock) => sum + lock.wait.total, 0);
  const most = classes.reduce((best, lock) => (lock.wait.total > best.wait.total ? lock : best), classes[0]);
  const convoy = classes.filter((lock) => lock.convoy).sort((a, b) => b.convoy.time - a.convoy.time)[0];
  const place_ = most.waiters[0] && most.waiters[0].stack.length ? report.frames[most.waiters[0].stack[0]] : null;
  return (
    <dl class="cards">
      <div>
        <dt>Waited for locks</dt>
        <dd>{duration(waited)}</dd>
        <dd class="small">all threads together</dd>
      </div>
      {most.wait.total > 0 && (
        <div>
          <dt>Most waited for</dt>
          <dd>
            <code>
              <Name text={most.name} limit={40} />
            </code>
          </dd>
          <dd class="small">
            {duration(most.wait.total)}
            {place_ && `, ${place(place_)}`}
          </dd>
        </div>
      )}
      {convoy && (
        <div>
          <dt>Worst convoy</dt>
          <dd>
            <code>
              <Name text={convoy.name} limit={40} />
            </code>
          </dd>
          <dd class="small">
            {duration(convoy.convoy.time)}, {plural(convoy.convoy.threads, 'thread')}
          </dd>
        </div>
      )}
    </dl>
  );
}

const all = report.profile ? report.profile.classes.map((lock, number) => ({ ...lock, number })) : [];
const ROWS = 200;

export function ProfileView() {
  const [sort, setSort] = useState({ by: 'wait', down: true });
  const [text, setText] = useState('');
  const [opened, setOpened] = useState(() => new Set(all.length && all[0].contended ? [0] : []));
  const [rows, setRows] = useState(ROWS);
  if (!all.length) return <main class="wide"><p class="empty">No lock was acquired.</p></main>;
  const wanted = text.trim().toLowerCase();
  const found = sorted(all, sort).filter((lock) => !wanted || lock.name.toLowerCase().includes(wanted));
  const toggle = (number) => {
    const next = new Set(opened);
    if (!next.delete(number)) next.add(number);
    setOpened(next);
  };
  return (
    <main class="wide">
      <Highlights classes={all} />
      <div class="bar-of-tools">
        <input
          type="search"
          placeholder="Search locks"
          aria-label="Search locks"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <span role="status">
          {count(found.length)} of {count(all.length)}
        </span>
      </div>
      <ProfileTable classes={found.slice(0, rows)} sort={sort} setSort={setSort} opened={opened} toggle={toggle} />
      {found.length > rows && (
        <button type="button" onClick={() => setRows(rows + 1000)}>
          Show more
        </button>
      )}
      <p class="note">
        Waits are exact. Holds are measured where somebody waited, and by samples: “known” is their share.
      </p>
    </main>
  );
}
