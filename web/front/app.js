// Small behaviours on top of pages that work without them.
import 'htmx.org';
import './behaviours/copy.js';
import './behaviours/dialogs.js';
import './behaviours/forms.js';
import './behaviours/sheets.js';
import { prepareDrops } from './behaviours/drop.js';
import { showPresentTray } from './behaviours/trays.js';
import { prepareWays } from './behaviours/way.js';

/** What must be done on every piece of page that arrives; the rest listens on the document. */
function prepare(root) {
  prepareDrops(root);
  prepareWays(root);
  showPresentTray(root);
}

prepare(document);
document.addEventListener('htmx:after:swap', (event) => prepare(event.target instanceof Element ? event.target : document));
document.addEventListener('page:arrived', (event) => prepare(event.target));
