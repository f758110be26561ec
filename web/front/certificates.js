// « Mes certificats » : opens the key file in the page and sends the certificate alone. Markup: README.md.
import { CERTIFICATE_NOTED, INSECURE, REFUSALS, SIGNING } from './messages.js';
import { KeyFileError } from './p12/errors.js';
import { openIdentity } from './p12/identity.js';
import { bytesOf, post, publicSide, SignatureRefused } from './requests.js';

/** @param {HTMLFormElement} form */
function prepareForm(form) {
  const answer = form.querySelector('[data-answer]');
  const problem = form.querySelector('[data-error]');
  const button = form.querySelector('button');
  const refuse = (sentence) => {
    answer.textContent = '';
    problem.textContent = sentence;
    problem.hidden = false;
    problem.focus();
  };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) {
      refuse(INSECURE);
      return;
    }
    button.disabled = true;
    problem.hidden = true;
    answer.textContent = SIGNING.opening;
    const typed = form.elements.password.value;
    form.elements.password.value = '';
    try {
      const identity = await openIdentity(await bytesOf(form.elements.p12.files[0]), typed);
      answer.textContent = SIGNING.checking;
      answer.textContent = CERTIFICATE_NOTED(await post(form.dataset.certificateCheck, publicSide(identity)));
    } catch (error) {
      const known = error instanceof KeyFileError || error instanceof SignatureRefused;
      if (!known) console.error(error);
      refuse(known ? error.message : REFUSALS.check);
    }
    button.disabled = false;
  });
}

for (const form of document.querySelectorAll('form[data-certificate-check]')) prepareForm(form);
