// main.jsx: starts the page.
import { options, render } from 'preact';

import { App } from './app.jsx';
import { PrintedReport } from './print.jsx';
import { currentFilter } from './filters.jsx';

const root = document.getElementById('app');
root.textContent = '';
render(<App />, root);
document.documentElement.dataset.ready = 'yes';

// On paper all findings that pass the filters stand in full; they are made when they are printed.
const printed = document.createElement('div');
printed.id = 'printed';
document.body.append(printed);
addEventListener('beforeprint', () => {
  const deferred = options.debounceRendering;
  options.debounceRendering = (work) => work();
  render(<PrintedReport filter={currentFilter()} />, printed);
  options.debounceRendering = deferred;
});
addEventListener('afterprint', () => render(null, printed));
