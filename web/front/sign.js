// The signing sheet of the folder page.
//
// <dialog id="sign-sheet" data-sign data-check data-prepare data-finish data-step data-heads data-worker> holds a form
// with [name=p12], [name=password], [data-certificate], [data-status], [data-error], progress and [data-submit].
import { KeyFileError } from './p12/errors.js';
import { openIdentity } from './p12/identity.js';
import { post, publicSide, SignatureRefused, signStep } from './signing.js';

const INSECURE =
  'La signature est désactivée : cette page n’est pas servie en HTTPS, et le navigateur refuse alors toute opération' +
  ' de signature. Ouvrez le parapheur à son adresse https://, ou prévenez l’administrateur.';

for (const sheet of document.querySelectorAll('dialog[data-sign]')) prepareSheet(sheet);

function prepareSheet(sheet) {
  const form = sheet.querySelector('form');
  const parts = {
    error: sheet.querySelector('[data-error]'),
    status: sheet.querySelector('[data-status]'),
    progress: sheet.querySelector('progress'),
    certificate: sheet.querySelector('[data-certificate]'),
    submit: sheet.querySelector('[data-submit]'),
  };
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) {
    showError(parts, INSECURE);
    for (const control of form.elements) control.disabled = !control.hasAttribute('data-close');
    return;
  }
  let running;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (running) return;
    running = new AbortController();
    try {
      const { next } = await sign(sheet, form, parts, running.signal);
      tell(parts, 'Signé.', 1);
      globalThis.location.assign(next);
    } catch (error) {
      running = undefined;
      if (error.name === 'AbortError') reset(parts);
      else showError(parts, sentenceOf(error));
    }
  });
  const abandon = () => running?.abort(new DOMException('abandon', 'AbortError'));
  sheet.addEventListener('close', abandon);
  sheet.querySelector('[data-close]')?.addEventListener('click', () => sheet.close());
}

async function sign(sheet, form, parts, signal) {
  parts.error.hidden = true;
  parts.submit.disabled = true;
  tell(parts, 'Ouverture du certificat…', 0.02);
  const file = form.elements.p12.files[0];
  const password = form.elements.password.value;
  form.elements.password.value = '';
  const identity = await openIdentity(new Uint8Array(await file.arrayBuffer()), password);
  const { check, prepare, finish, step, heads, worker } = sheet.dataset;
  const facts = await post(check, publicSide(identity), signal);
  parts.certificate.textContent = `${facts.holder}, certificat délivré par ${facts.issuer}, valable jusqu’au ${facts.expires}`;
  parts.certificate.hidden = false;
  const say = (sentence, part) => tell(parts, sentence, part);
  return signStep({ identity, urls: { prepare, finish }, step, head: heads, tell: say, signal, workerUrl: worker });
}

function tell(parts, sentence, part) {
  parts.status.textContent = sentence;
  parts.progress.hidden = false;
  parts.progress.value = part;
}

function reset(parts) {
  parts.status.textContent = '';
  parts.progress.hidden = true;
  parts.submit.disabled = false;
}

function showError(parts, sentence) {
  reset(parts);
  parts.error.textContent = sentence;
  parts.error.hidden = false;
  parts.error.focus();
}

export function sentenceOf(error) {
  if (error instanceof KeyFileError || error instanceof SignatureRefused) return error.message;
  console.error(error);
  return 'La signature n’a pas pu être faite. Le dossier n’a pas bougé ; recommencez, ou prévenez l’administrateur.';
}
