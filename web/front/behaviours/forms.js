// Forms are sent once, ask first when they must ([data-confirm="question"]), and show how far their file has gone.
import { sendWithProgress } from './upload.js';

document.addEventListener('submit', (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (event.defaultPrevented || form.method === 'dialog') return;
  if (form.dataset.sent || (question && !globalThis.confirm(question))) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = 'true';
  if (form.enctype === 'multipart/form-data') {
    event.preventDefault();
    sendWithProgress(form, event.submitter).then((leaving) => {
      if (!leaving) delete form.dataset.sent;
    });
  }
});

// A page that comes back from the browser's memory may send its forms again.
globalThis.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
});
