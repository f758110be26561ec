// « Mes certificats » : opens the key file in the page and sends the certificate alone.
//
// <form data-certificate-check="URL"> with [name=p12], [name=password], [data-answer role=status], [data-error].
import { KeyFileError } from './p12/errors.js';
import { openIdentity } from './p12/identity.js';
import { post, publicSide, SignatureRefused } from './signing.js';

for (const form of document.querySelectorAll('form[data-certificate-check]')) {
  const answer = form.querySelector('[data-answer]');
  const problem = form.querySelector('[data-error]');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problem.hidden = true;
    answer.textContent = 'Vérification…';
    try {
      const bytes = new Uint8Array(await form.elements.p12.files[0].arrayBuffer());
      const identity = await openIdentity(bytes, form.elements.password.value);
      const facts = await post(form.dataset.certificateCheck, publicSide(identity));
      answer.textContent = `Ce certificat vous convient : ${facts.holder}, valable jusqu’au ${facts.expires}. Il est noté comme le vôtre.`;
    } catch (error) {
      answer.textContent = '';
      const known = error instanceof KeyFileError || error instanceof SignatureRefused;
      problem.textContent = known ? error.message : 'Ce certificat n’a pas pu être vérifié. Recommencez.';
      problem.hidden = false;
      problem.focus();
    }
    form.elements.password.value = '';
  });
}
