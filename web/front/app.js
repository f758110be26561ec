// Small behaviours on top of pages that work without them.
import 'htmx.org';

document.addEventListener('click', (event) => {
  const opener = event.target.closest('[data-open-dialog]');
  if (opener) {
    const dialog = document.querySelector(opener.dataset.openDialog);
    if (dialog) {
      event.preventDefault();
      dialog.showModal();
    }
  }
  if (event.target.closest('dialog [data-close]')) event.target.closest('dialog').close();
});

// A form is sent once, however often its button is pressed.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method === 'dialog' || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = 'true';
});
globalThis.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
});

// The circuit shown beside the form is that of the type chosen.
const ways = document.querySelectorAll('[data-way]');
function showWay() {
  const chosen = document.querySelector('input[name=subtype]:checked');
  for (const way of ways) way.hidden = chosen !== null && way.dataset.way !== chosen.value;
}
if (ways.length > 0) {
  document.addEventListener('change', showWay);
  showWay();
}

function readable(bytes) {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} ko`;
  return `${(bytes / 1e6).toLocaleString('fr', { maximumFractionDigits: 1 })} Mo`;
}

// Dropping a file, and telling at once when it is too big.
for (const zone of document.querySelectorAll('[data-drop]')) {
  const input = zone.querySelector('input[type=file]');
  const chosen = zone.querySelector('[data-chosen]');
  const limit = Number(zone.dataset.maxBytes);
  const tell = () => {
    const file = input.files[0];
    const size = file && readable(file.size);
    const tooBig = file && file.size > limit;
    input.setCustomValidity(tooBig ? `Ce fichier dépasse ${Math.floor(limit / 1e6)} Mo.` : '');
    chosen.textContent = file ? `${file.name} – ${size}${tooBig ? ' : trop volumineux' : ''}` : '';
    const title = document.querySelector('[data-title-from-file]');
    if (file && title && !title.value) title.value = file.name.replace(/\.pdf$/i, '').replaceAll('_', ' ');
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
    input.files = event.dataTransfer.files;
    tell();
  });
}
