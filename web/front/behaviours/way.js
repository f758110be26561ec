// Of the circuits [data-way="SUBTYPE"] shown beside the deposit form, only that of the chosen sub-type stays.

function show() {
  const chosen = document.querySelector('input[name=subtype]:checked');
  for (const way of document.querySelectorAll('[data-way]')) way.hidden = chosen !== null && way.dataset.way !== chosen.value;
}

/** @param {ParentNode} root */
export function prepareWays(root) {
  if (root.querySelector('[data-way]')) show();
}

document.addEventListener('change', (event) => {
  if (event.target.name === 'subtype') show();
});
