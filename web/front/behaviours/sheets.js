// a[data-open-sheet] opens the form of the page it leads to as a dialog; without scripts, or when the page cannot be
// had, the link is followed.

/** The title and the form of a page, in a dialog of ours; null when the page has none. */
function sheetOf(text) {
  const page = new DOMParser().parseFromString(text, 'text/html');
  const title = page.querySelector('main h1');
  const form = page.querySelector('main form[data-sheet]');
  if (!title || !form) return null;
  const dialog = document.createElement('dialog');
  const heading = document.createElement('h2');
  heading.id = 'opened-sheet-title';
  heading.textContent = title.textContent;
  dialog.setAttribute('aria-labelledby', heading.id);
  form.className = '';
  form.prepend(heading);
  dialog.append(form);
  dialog.addEventListener('close', () => dialog.remove());
  return dialog;
}

async function open(link) {
  const answer = await fetch(link.href);
  const dialog = answer.ok && !answer.redirected ? sheetOf(await answer.text()) : null;
  if (!dialog) {
    location.assign(link.href);
    return;
  }
  document.body.append(dialog);
  dialog.showModal();
}

document.addEventListener('click', (event) => {
  const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (event.target.closest('dialog a[data-close]')) event.preventDefault(); // dialogs.js closes it
  const link = event.target.closest('a[data-open-sheet]');
  if (!link || !plain) return;
  event.preventDefault();
  open(link).catch(() => location.assign(link.href));
});
