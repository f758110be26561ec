// Sends a form that carries a file, and shows how far it has gone.
//
// The answer is {next} (go there), {sentence} (a refusal), or the page again with what is wrong: its <main> replaces
// ours, and the file chosen stays chosen, which a plain form cannot do.
import { UPLOAD } from '../messages.js';

/** Make the place where progress is told, just before the buttons of the form. */
function progressOf(form) {
  let place = form.querySelector('.upload');
  if (!place) {
    place = document.createElement('div');
    place.className = 'upload';
    const bar = document.createElement('progress');
    bar.max = 1;
    const words = document.createElement('p');
    words.setAttribute('role', 'status');
    place.append(bar, words);
    const button = form.querySelector('button:not([type=button])');
    (button.closest('.row') ?? button).before(place);
  }
  const [bar, words] = place.children;
  place.hidden = false;
  bar.setAttribute('aria-label', 'Envoi du fichier');
  return { place, bar, words };
}

/** The words of a percentage change too often to be read out: only each tenth is told. */
function tellProgress({ bar, words }, event) {
  if (!event.lengthComputable) return;
  const part = event.loaded / event.total;
  bar.value = part;
  const told = UPLOAD.sending(Math.floor(part * 10) * 10);
  if (words.textContent !== told) words.textContent = told;
}

function request(form, submitter, progress) {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open('POST', submitter?.hasAttribute('formaction') ? submitter.formAction : form.action);
    sending.setRequestHeader('HX-Request', 'true'); // a script asks: the server answers with addresses, not redirections
    sending.upload.addEventListener('progress', (event) => tellProgress(progress, event));
    sending.upload.addEventListener('load', () => {
      progress.bar.removeAttribute('value');
      progress.words.textContent = UPLOAD.received;
    });
    sending.addEventListener('load', () => resolve(sending));
    sending.addEventListener('error', () => reject(new Error('network')));
    sending.send(new FormData(form, submitter));
  });
}

function refuse(form, progress, sentence) {
  progress.place.hidden = true;
  let note = form.querySelector('[data-upload-fault]');
  if (!note) {
    note = document.createElement('p');
    note.className = 'note bad';
    note.dataset.uploadFault = '';
    note.setAttribute('role', 'alert');
    note.tabIndex = -1;
    progress.place.before(note);
  }
  note.textContent = sentence;
  note.focus();
}

/** Put the page that came back in place of this one, files kept, and bring the person to what is wrong. */
function showAgain(form, html) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  const [here, there] = [document.querySelector('main'), page.querySelector('main')];
  if (!here || !there) return false;
  const files = new Map([...form.querySelectorAll('input[type=file]')].map((input) => [input.name, input.files]));
  document.title = page.title;
  here.replaceWith(there);
  for (const input of there.querySelectorAll('input[type=file]')) {
    if (files.get(input.name)?.length) {
      input.files = files.get(input.name);
      for (const note of there.querySelectorAll('[data-file-lost]')) note.remove();
    }
  }
  there.dispatchEvent(new CustomEvent('page:arrived', { bubbles: true }));
  const wanted = ['[aria-invalid=true]', '[role=alert]', '[role=status]:not(:empty)', 'h1'];
  const target = wanted.map((selector) => there.querySelector(selector)).find(Boolean);
  if (target && !target.matches('input, select, textarea')) target.tabIndex = -1;
  target?.focus();
  return true;
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} submitter
 * @returns {Promise<boolean>} whether the page is being left
 */
export async function sendWithProgress(form, submitter) {
  const progress = progressOf(form);
  for (const note of form.querySelectorAll('[data-upload-fault]')) note.remove();
  let answer;
  try {
    answer = await request(form, submitter, progress);
  } catch {
    refuse(form, progress, UPLOAD.lost);
    return false;
  }
  if (answer.getResponseHeader('content-type')?.startsWith('application/json')) {
    const { next, sentence } = JSON.parse(answer.responseText);
    if (next) globalThis.location.assign(next);
    else refuse(form, progress, sentence ?? UPLOAD.failed);
    return Boolean(next);
  }
  if (!showAgain(form, answer.responseText)) refuse(form, progress, UPLOAD.failed);
  return false;
}
