// On a phone the lists are side by side and scroll: the one that is open comes into view.

/** @param {ParentNode} root */
export function showPresentTray(root) {
  const present = root.querySelector('.trays [aria-current=page]');
  const lists = present?.closest('.trays');
  if (lists && lists.scrollWidth > lists.clientWidth) lists.scrollLeft = present.offsetLeft - lists.offsetLeft - lists.clientWidth / 3;
}
