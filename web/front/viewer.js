// The document in the page. <div data-viewer data-url data-worker> holds the first page as an image until PDF.js is
// ready; pages are drawn as they come into view, with selectable text.
import { getDocument, GlobalWorkerOptions, TextLayer } from 'pdfjs-dist';

const MARGIN = '600px';

for (const place of document.querySelectorAll('[data-viewer]')) show(place);

async function show(place) {
  GlobalWorkerOptions.workerSrc = place.dataset.worker;
  try {
    const pdf = await getDocument({ url: place.dataset.url, isEvalSupported: false, useWasm: false }).promise;
    const pages = [];
    const seen = new IntersectionObserver((entries) => entries.filter((e) => e.isIntersecting).forEach((e) => draw(e.target)), {
      root: null,
      rootMargin: MARGIN,
    });
    const drawn = new WeakMap();

    async function draw(leaf) {
      const width = leaf.clientWidth;
      if (drawn.get(leaf) === width) return;
      drawn.set(leaf, width);
      const page = await pdf.getPage(Number(leaf.dataset.page));
      const natural = page.getViewport({ scale: 1 });
      const viewport = page.getViewport({ scale: width / natural.width });
      const canvas = document.createElement('canvas');
      const density = Math.min(globalThis.devicePixelRatio || 1, 2);
      canvas.width = Math.round(viewport.width * density);
      canvas.height = Math.round(viewport.height * density);
      canvas.setAttribute('aria-hidden', 'true');
      const transform = [density, 0, 0, density, 0, 0];
      await page.render({ canvas, canvasContext: canvas.getContext('2d'), viewport, transform }).promise;
      const text = document.createElement('div');
      text.className = 'text-layer';
      text.style.setProperty('--total-scale-factor', String(viewport.scale));
      await new TextLayer({ textContentSource: page.streamTextContent(), container: text, viewport }).render();
      leaf.replaceChildren(canvas, text);
      leaf.dataset.drawn = 'true';
    }

    for (let number = 1; number <= pdf.numPages; number++) {
      const leaf = document.createElement('div');
      leaf.className = 'leaf';
      leaf.dataset.page = String(number);
      leaf.setAttribute('role', 'group');
      leaf.setAttribute('aria-label', `Page ${number} sur ${pdf.numPages}`);
      const size = (number === 1 ? await pdf.getPage(1) : undefined)?.getViewport({ scale: 1 });
      if (size) place.style.setProperty('--ratio', `${size.width} / ${size.height}`);
      pages.push(leaf);
    }
    const first = place.querySelector('img');
    pages.forEach((leaf) => place.append(leaf));
    await draw(pages[0]);
    first?.remove();
    pages.forEach((leaf) => seen.observe(leaf));
    place.dataset.ready = 'true';
    zoom(place, pages, draw);
  } catch (error) {
    console.warn(error);
    const problem = document.createElement('p');
    problem.className = 'note';
    problem.append('Le document ne peut pas être affiché en entier ici. ');
    const link = document.createElement('a');
    link.href = place.dataset.url;
    link.textContent = 'Ouvrez-le à part.';
    problem.append(link);
    place.append(problem);
  }
}

function zoom(place, pages, draw) {
  let width = 46;
  for (const button of document.querySelectorAll('[data-zoom]')) {
    button.hidden = false;
    button.addEventListener('click', () => {
      width = Math.min(110, Math.max(24, width + Number(button.dataset.zoom)));
      place.style.setProperty('--leaf', `${width}rem`);
      for (const leaf of pages) if (leaf.dataset.drawn) draw(leaf);
    });
  }
}
