// The signing sheet of the folder page. Its markup is described in README.md, beside this file.
//
// The key file is opened as soon as the password is typed, so that the certificate is shown before anything is signed.
// The key lives as long as the sheet is open, cannot be taken out of the browser, and is dropped after use.
import { INSECURE, REFUSALS, RELOAD, SIGNING } from './messages.js';
import { KeyFileError } from './p12/errors.js';
import { openIdentity } from './p12/identity.js';
import { bytesOf, post, publicSide, SignatureRefused } from './requests.js';
import { signStep } from './signing.js';

/**
 * How long after the password the file is opened by itself, in milliseconds. A press on « Signer » takes the focus away from
 * the password too: were the sheet to change under the finger, the press would be lost.
 */
const PATIENCE = 400;
/** What begins the names of the fields that a step fills. */
const FIELD = 'champ-';
/** Refusals after which only a fresh page tells how things stand. */
const STALE = new Set(['uncertain', 'not_shown', 'head_moved']);

class Sheet {
  /** @type {Promise<import('./p12/identity.js').Identity> | undefined} */
  #opened;
  /** @type {AbortController | undefined} */
  #running;
  /** The signature has left: the sheet stays until the server has answered. */
  #committed = false;
  #waiting;
  /** The last opening was refused, and nothing was chosen or typed since. */
  #refused = false;

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.dialog = dialog;
    this.form = dialog.querySelector('form');
    const part = (name) => dialog.querySelector(`[data-${name}]`);
    this.error = part('error');
    this.status = part('status');
    this.progress = dialog.querySelector('progress');
    this.certificate = part('certificate');
    this.submit = part('submit');
    this.cancel = part('close');
  }

  start() {
    if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) {
      this.#tellError(INSECURE);
      const warning = document.querySelector('[data-insecure]');
      if (warning) {
        warning.textContent = INSECURE;
        warning.hidden = false;
      }
      for (const control of this.form.elements) control.disabled = control !== this.cancel;
      return;
    }
    const { p12, password } = this.form.elements;
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#sign();
    });
    this.form.addEventListener('input', () => {
      this.#refused = false;
    });
    p12.addEventListener('change', () => this.#forget());
    password.addEventListener('change', () => {
      clearTimeout(this.#waiting);
      this.#waiting = setTimeout(() => {
        const ready = p12.files.length > 0 && password.value !== '' && this.dialog.open;
        if (ready) this.#open().catch((error) => this.#refuse(error, false));
      }, PATIENCE);
    });
    this.dialog.addEventListener('cancel', (event) => {
      if (this.#committed) event.preventDefault();
    });
    this.dialog.addEventListener('close', () => this.#abandon());
    globalThis.addEventListener('pageshow', (event) => {
      if (event.persisted) location.reload(); // the step may be over
    });
  }

  /** Open the key file and have its certificate checked, once. */
  #open() {
    clearTimeout(this.#waiting);
    this.#opened ??= this.#read();
    return this.#opened;
  }

  async #read() {
    this.#running ??= new AbortController();
    const { signal } = this.#running;
    const { p12, password } = this.form.elements;
    const typed = password.value;
    password.value = '';
    this.error.hidden = true;
    this.#tell(SIGNING.opening, 0.02);
    const identity = await openIdentity(await bytesOf(p12.files[0]), typed);
    signal.throwIfAborted();
    this.#tell(SIGNING.checking, 0.08);
    const facts = await post(this.dialog.dataset.check, publicSide(identity), { signal });
    this.certificate.textContent = SIGNING.holder(facts);
    this.certificate.hidden = false;
    this.#tell(SIGNING.opened, 0.1);
    return identity;
  }

  async #sign() {
    if (this.submit.disabled) return;
    if (this.#refused) {
      // Leaving the password field opened the file, and the answer is already there to read.
      this.error.focus();
      return;
    }
    this.submit.disabled = true;
    try {
      const opened = this.#open();
      const { signal } = this.#running;
      const identity = await opened;
      const { prepare, finish, worker, step, heads, sizes } = this.dialog.dataset;
      const shownSizes = sizes.split('.').map(Number);
      const { next } = await signStep({
        identity,
        urls: { prepare, finish, worker },
        step,
        answer: this.#answer(),
        shown: heads.split('.').map((sha256, index) => ({ sha256, size: shownSizes[index] })),
        tell: (sentence, part) => this.#tell(sentence, part),
        commit: () => this.#commit(true),
        signal,
      });
      this.#opened = undefined;
      this.#tell(SIGNING.done, 1);
      globalThis.location.assign(next);
    } catch (error) {
      this.#commit(false);
      this.#refuse(error, true);
    }
  }

  /** What the step asks for besides the signature: its fields, and the answer when the circuit offers several. */
  #answer() {
    const controls = [...this.form.elements];
    const typed = controls.filter(({ name }) => name.startsWith(FIELD)).map(({ name, value }) => [name.slice(FIELD.length), value]);
    return { fields: Object.fromEntries(typed), outcome: this.form.elements.outcome?.value ?? '' };
  }

  #commit(value) {
    this.#committed = value;
    this.cancel.disabled = value;
  }

  /** The sheet was closed: nothing more is done, unless the signature has already left. */
  #abandon() {
    if (this.#committed) return;
    this.#forget();
    this.error.hidden = true;
  }

  #forget() {
    clearTimeout(this.#waiting);
    this.#running?.abort(new DOMException('', 'AbortError'));
    this.#running = undefined;
    this.#opened = undefined;
    this.form.elements.password.value = '';
    this.certificate.hidden = true;
    this.status.textContent = '';
    this.progress.hidden = true;
    this.submit.disabled = false;
  }

  #refuse(error, focus) {
    if (error.name === 'AbortError') return;
    this.#forget();
    const known = error instanceof KeyFileError || error instanceof SignatureRefused;
    if (!known) console.error(error);
    this.#tellError(known ? error.message : REFUSALS.unexpected);
    if (STALE.has(error.code)) {
      const link = document.createElement('a');
      link.href = '';
      link.textContent = RELOAD;
      this.error.append(' ', link);
    }
    if (focus) this.error.focus();
    else this.#refused = true;
  }

  #tell(sentence, part) {
    this.status.textContent = sentence;
    this.progress.hidden = false;
    this.progress.value = part;
  }

  #tellError(sentence) {
    this.error.textContent = sentence;
    this.error.hidden = false;
  }
}

for (const dialog of document.querySelectorAll('dialog[data-sign]')) new Sheet(dialog).start();
