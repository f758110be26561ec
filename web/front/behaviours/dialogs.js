// [data-open-dialog="#id"] opens a dialog instead of following its link; [data-close] inside closes it.

document.addEventListener('click', (event) => {
  const opener = event.target.closest('[data-open-dialog]');
  // A click that asks for another tab or window goes its own way, to the page that works without scripts.
  const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey;
  const dialog = opener && plain ? document.querySelector(opener.dataset.openDialog) : null;
  if (dialog) {
    event.preventDefault();
    dialog.showModal();
    return;
  }
  event.target.closest('dialog [data-close]')?.closest('dialog').close();
});
