// help.jsx: the keys.
import { useEffect, useRef } from 'preact/hooks';

const keys = [
  ['j k  or  ↓ ↑', 'next and previous finding'],
  ['Home End', 'first and last finding'],
  ['Enter', 'read the finding; Tab goes on in it'],
  ['Esc', 'back to the list'],
  ['/', 'search'],
  ['1 2 3 4', 'findings, lock order, lock profile, run'],
  ['← →', 'on a witness: previous and next step'],
  ['?', 'this'],
];

export function Help({ close }) {
  const dialog = useRef(null);
  useEffect(() => dialog.current.showModal(), []);
  return (
    <dialog ref={dialog} class="help" onClose={close} aria-label="Keys">
      <h2>Keys</h2>
      <dl>
        {keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
