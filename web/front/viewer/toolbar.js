// The tools above the document: page number, zoom. Made here because they mean nothing without scripts.
import { VIEWER } from '../messages.js';

/** Widths of a page, as shares of its real size. */
const LEVELS = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3];

function button(label, words, act) {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'button';
  made.textContent = label;
  if (words !== label) made.setAttribute('aria-label', words);
  made.addEventListener('click', act);
  return made;
}

/** @param {number} total @param {(page: number) => void} goTo @returns {{element: HTMLElement, input: HTMLInputElement}} */
function pageField(total, goTo) {
  const element = document.createElement('label');
  element.className = 'page-number';
  const input = document.createElement('input');
  input.type = 'number';
  input.inputMode = 'numeric';
  input.min = '1';
  input.max = String(total);
  input.value = '1';
  input.addEventListener('change', () => {
    const page = Math.min(total, Math.max(1, Math.round(Number(input.value)) || 1));
    input.value = String(page);
    goTo(page);
  });
  element.append(VIEWER.pageLabel, input, VIEWER.of(total));
  return { element, input };
}

/**
 * @param {HTMLElement} place where the tools go
 * @param {object} acts
 * @param {number} acts.total pages
 * @param {(page: number) => void} acts.goTo
 * @param {() => number} acts.scale how large pages are now, as a share of their real size
 * @param {(scale: number | undefined) => void} acts.zoom to a share of the real size, or the whole width
 * @returns {{showPage: (page: number) => void, key: (event: KeyboardEvent) => void}}
 */
export function makeToolbar(place, { total, goTo, scale, zoom }) {
  const larger = () => zoom(LEVELS.find((level) => level > scale() * 1.01) ?? LEVELS.at(-1));
  const smaller = () => zoom(LEVELS.findLast((level) => level < scale() * 0.99) ?? LEVELS[0]);
  const fit = () => zoom(undefined);
  const { element, input } = pageField(total, goTo);
  place.setAttribute('role', 'toolbar');
  place.setAttribute('aria-label', 'Lecture');
  place.replaceChildren(
    element,
    button('−', VIEWER.smaller, smaller),
    button('+', VIEWER.larger, larger),
    button(VIEWER.fit, VIEWER.fit, fit),
  );
  place.hidden = false;
  const keys = { '+': larger, '=': larger, '-': smaller, 0: fit };
  return {
    showPage(page) {
      if (document.activeElement !== input) input.value = String(page);
    },
    key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input')) return;
      keys[event.key]?.();
    },
  };
}
