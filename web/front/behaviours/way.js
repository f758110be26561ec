// What depends on the sub-type chosen in the deposit form: of the circuits [data-way="SUBTYPE"] only its own stays, and of
// the fields [data-for-subtypes="SUBTYPE SUBTYPE"] those that it asks for.

function show() {
  const chosen = document.querySelector('input[name=subtype]:checked');
  if (chosen === null) return;
  for (const way of document.querySelectorAll('[data-way]')) way.hidden = way.dataset.way !== chosen.value;
  for (const field of document.querySelectorAll('[data-for-subtypes]')) field.hidden = !field.dataset.forSubtypes.split(' ').includes(chosen.value);
}

/** @param {ParentNode} root */
export function prepareWays(root) {
  if (root.querySelector('[data-way]')) show();
}

document.addEventListener('htmx:after:swap', show);
document.addEventListener('change', (event) => {
  if (event.target.name === 'subtype') show();
});
