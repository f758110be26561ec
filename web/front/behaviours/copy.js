// [data-copy="#id"] copies the text of an element; the button says so for a moment.
import { COPIED, COPY_FAILED } from '../messages.js';

/** How long the answer stays, in milliseconds. */
const SHOWN = 2000;

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy]');
  const source = button && document.querySelector(button.dataset.copy);
  if (!source || button.dataset.label) return;
  button.dataset.label = button.textContent;
  try {
    // Browsers only offer the clipboard to pages served over TLS or from this machine.
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    button.textContent = COPIED;
  } catch {
    button.textContent = COPY_FAILED;
  }
  setTimeout(() => {
    button.textContent = button.dataset.label;
    delete button.dataset.label;
  }, SHOWN);
});
