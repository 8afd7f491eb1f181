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

const REST = 200; // ms

let asked = null; // where replace() went and the address does not yet say so
let timer = 0;

/**
 * Goes there without a new entry in the history: choosing one of a list.  The address follows when
 * it was the last for a while, as browsers refuse to change it many times a second.
 */
export function replace(hash) {
  asked = hash;
  clearTimeout(timer);
  timer = setTimeout(() => {
    history.replaceState(null, '', asked);
    asked = null;
  }, REST);
  dispatchEvent(new Event('routechange'));
}

export function useRoute() {
  const [route, setRoute] = useState(() => parse(location.hash));
  useEffect(() => {
    const chose = () => setRoute(parse(asked));
    const went = () => {
      clearTimeout(timer);
      asked = null;
      setRoute(parse(location.hash));
    };
    addEventListener('routechange', chose);
    addEventListener('hashchange', went);
    return () => {
      removeEventListener('routechange', chose);
      removeEventListener('hashchange', went);
    };
  }, []);
  return route;
}

/** The finding of a route; without one the first. */
export function chosen(route, shown) {
  const asked = findings.find((finding) => finding.id === route.item);
  return asked || shown[0];
}
