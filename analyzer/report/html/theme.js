// theme.js: light, dark, or what the system says.
import { useEffect, useState } from 'preact/hooks';

const themes = ['auto', 'light', 'dark'];
const names = { auto: '◐ Auto', light: '☀ Light', dark: '☾ Dark' };

export const themeName = (theme) => names[theme];
export const nextTheme = (theme) => themes[(themes.indexOf(theme) + 1) % themes.length];

/** Storage may be refused to a page from the disk; then the choice lasts as long as the page. */
function stored() {
  try {
    const theme = localStorage.getItem('threadcheck-theme');
    return themes.includes(theme) ? theme : 'auto';
  } catch {
    return 'auto';
  }
}

export function useTheme() {
  const [theme, setTheme] = useState(stored);
  const [system, setSystem] = useState(0);
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const changed = () => setSystem((times) => times + 1);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  const set = (next) => {
    try {
      localStorage.setItem('threadcheck-theme', next);
    } catch {
      /* lasts as long as the page */
    }
    setTheme(next);
  };
  return [theme, set, system];
}

/** The colours of the page as they are now, for what is drawn on a canvas. */
export function colours() {
  const probe = document.createElement('i');
  document.body.append(probe);
  const names = ['panel', 'ink', 'muted', 'line', 'accent', 'error', 'error-soft', 'edge', 'node'];
  const found = {};
  for (const name of names) {
    probe.style.color = `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}
