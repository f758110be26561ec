// [data-drop data-max-bytes] around an <input type=file>: takes dropped files, tells name and size in [data-chosen], and
// says at once when the file is too big. [data-title-from-file] is filled with its name when it is empty.
import { UPLOAD } from '../messages.js';

const MEGABYTE = 1e6;

function readable(bytes) {
  if (bytes < MEGABYTE) return `${Math.max(1, Math.round(bytes / 1e3))}\u00a0ko`;
  return `${(bytes / MEGABYTE).toLocaleString('fr', { maximumFractionDigits: 1 })}\u00a0Mo`;
}

const titleFrom = (file) => file.name.replace(/\.[^.]{1,5}$/, '').replaceAll('_', ' ').normalize('NFC');

/** The name of the file as the title, unless the person wrote one. */
function proposeTitle(file, proposedBefore) {
  const title = document.querySelector('[data-title-from-file]');
  if (title && (!title.value || title.value === proposedBefore)) title.value = titleFrom(file);
}

function prepareDrop(zone) {
  const input = zone.querySelector('input[type=file]');
  const chosen = zone.querySelector('[data-chosen]');
  const limit = Number(zone.dataset.maxBytes) || Infinity;
  let proposed;
  const tell = () => {
    const file = input.files[0];
    const fault = file && file.size > limit ? UPLOAD.tooBig(readable(limit)) : '';
    input.setCustomValidity(fault);
    zone.classList.toggle('bad', fault !== '');
    chosen.textContent = file ? `${file.name} – ${readable(file.size)}${fault && `. ${fault}`}` : '';
    if (!file) return;
    proposeTitle(file, proposed);
    proposed = titleFrom(file);
  };
  input.addEventListener('change', tell);
  zone.addEventListener('dragover', (event) => {
    event.preventDefault();
    zone.classList.add('over');
  });
  zone.addEventListener('dragleave', () => zone.classList.remove('over'));
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    zone.classList.remove('over');
    if (event.dataTransfer.files.length === 0) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  });
  if (input.files.length > 0) tell();
}

/** @param {ParentNode} root */
export function prepareDrops(root) {
  for (const zone of root.querySelectorAll('[data-drop]:not([data-prepared])')) {
    zone.dataset.prepared = 'true';
    prepareDrop(zone);
  }
}
