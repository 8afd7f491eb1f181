// print.jsx: the report on paper: what passes the filters, in full, and the lock profile.
import report, { findings } from './data.js';
import { passes } from './filters.jsx';
import { Finding } from './finding.jsx';
import { plural } from './format.js';
import { ProfileTable } from './profile.jsx';

export function PrintedReport({ filter }) {
  const shown = findings.filter((finding) => passes(finding, filter));
  return (
    <div>
      <h1>threadcheck: {(report.program.argv || []).join(' ')}</h1>
      <p>
        {plural(report.summary.error, 'error')}, {plural(report.summary.warning, 'warning')}; {plural(shown.length, 'finding')}{' '}
        of {findings.length} shown
      </p>
      {shown.map((finding) => (
        <Finding key={finding.id} finding={finding} printed />
      ))}
      {report.profile && report.profile.classes.length > 0 && (
        <section>
          <h2>Lock profile</h2>
          <ProfileTable classes={report.profile.classes} />
        </section>
      )}
    </div>
  );
}
