// route.js: what is shown, as the part of the address behind '#': a view and what is chosen in it.
import { useEffect, useState } from 'preact/hooks';

import report, { findings } from './data.js';

export const views = ['findings', 'graph', 'profile', 'run'];

export function parse(hash) {
  const [view, ...rest] = hash.replace(/^#/, '').split('/');
  let item = rest.join('/');
  try {
    item = decodeURIComponent(item);
  } catch {
    item = '';
  }
  if (view === 'finding') return { view: 'findings', item };
  if (views.includes(view)) return { view, item };
  return { view: report.start || 'findings', item: '' };
}

export const toFinding = (id) => `#finding/${id}`;
export const toView = (view, item) => (item === undefined ? `#${view}` : `#${view}/${encodeURIComponent(item)}`);

/** Goes there without a new entry in the history: choosing one of a list. */
export function replace(hash) {
  history.replaceState(null, '', hash);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

export function useRoute() {
  const [route, setRoute] = useState(() => parse(location.hash));
  useEffect(() => {
    const changed = () => setRoute(parse(location.hash));
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return route;
}

/** The finding of a route; without one the first. */
export function chosen(route, shown) {
  const asked = findings.find((finding) => finding.id === route.item);
  return asked || shown[0];
}
