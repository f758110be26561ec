// The document in the page. Markup: README.md.
//
// The first page is an image made by the server, readable at once; PDF.js then draws the pages that come into view.
import { getDocument, GlobalWorkerOptions } from 'pdfjs-dist';
import { VIEWER } from './messages.js';
import { Leaf } from './viewer/leaf.js';
import { makeToolbar } from './viewer/toolbar.js';

/** How far beyond the window pages are drawn ahead. */
const AHEAD = '800px';
/** CSS pixels in a point: 96 to the inch against 72. */
const PIXELS_PER_POINT = 96 / 72;
/** Fonts and decoders that some documents need, beside this script; the build knows the folder. */
const ASSETS = new URL(`${PDF_ASSETS}/`, import.meta.url).href;

class Viewer {
  /** @type {Map<Element, Leaf>} */
  #leaves = new Map();
  /** The page in the middle of the window. @type {Element | undefined} */
  #read;
  #toolbar;

  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    this.sheet = place.closest('.sheet') ?? place;
  }

  async start() {
    try {
      const pdf = await this.#open();
      const first = (await pdf.getPage(1)).getViewport({ scale: 1 });
      this.place.style.setProperty('--ratio', `${first.width} / ${first.height}`);
      this.place.style.setProperty('--points', String(first.width));
      for (let number = 1; number <= pdf.numPages; number++) {
        const leaf = new Leaf(pdf, number);
        this.#leaves.set(leaf.element, leaf);
      }
      this.#replaceImage();
      this.#watch();
      this.#tools(pdf.numPages);
      this.place.dataset.ready = 'true';
    } catch (error) {
      console.warn(error);
      this.#fail();
    }
  }

  #open() {
    GlobalWorkerOptions.workerSrc = this.place.dataset.worker;
    return getDocument({
      url: this.place.dataset.url,
      isEvalSupported: false, // the Content-Security-Policy forbids both
      useWasm: false,
      wasmUrl: ASSETS, // where the decoders without WebAssembly are too
      standardFontDataUrl: ASSETS,
    }).promise;
  }

  /** The image stays inside the first leaf until that is drawn, so that nothing jumps. */
  #replaceImage() {
    const image = this.place.querySelector('img');
    const elements = [...this.#leaves.keys()];
    if (image) elements[0].append(image);
    this.place.append(...elements);
  }

  #watch() {
    const options = { rootMargin: AHEAD, scrollMargin: AHEAD };
    const near = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const leaf = this.#leaves.get(target);
        if (isIntersecting) leaf.draw();
        else leaf.forget();
      }
    }, options);
    const shown = new IntersectionObserver(
      (entries) => {
        const entry = entries.findLast(({ isIntersecting }) => isIntersecting);
        if (!entry) return;
        this.#read = entry.target;
        this.#toolbar?.showPage(this.#leaves.get(entry.target).number);
      },
      // A line across the middle of the window: whatever page is under it is the one being read.
      { rootMargin: '-50% 0px -50% 0px' },
    );
    for (const element of this.#leaves.keys()) {
      near.observe(element);
      shown.observe(element);
    }
    let waiting;
    new ResizeObserver(() => {
      clearTimeout(waiting);
      waiting = setTimeout(() => this.#redraw(), 150);
    }).observe(this.place);
  }

  /** Draw again, at their new width, the pages that are near. */
  #redraw() {
    for (const leaf of this.#leaves.values()) if (leaf.isNear) leaf.draw();
  }

  #tools(total) {
    const elements = [...this.#leaves.keys()];
    let place = this.sheet.querySelector('.tools');
    if (!place) {
      place = document.createElement('div');
      place.className = 'tools';
      this.place.before(place);
    }
    this.#toolbar = makeToolbar(place, {
      total,
      goTo: (page) => elements[page - 1].scrollIntoView({ block: 'start' }),
      scale: () => elements[0].clientWidth / this.#points() / PIXELS_PER_POINT,
      zoom: (scale) => this.#zoom(scale),
    });
    this.sheet.addEventListener('keydown', (event) => this.#toolbar.key(event));
  }

  #points() {
    return Number(this.place.style.getPropertyValue('--points'));
  }

  /** Widen or narrow every page; what was in the middle stays there. @param {number | undefined} scale */
  #zoom(scale) {
    const page = this.#read ?? this.#leaves.keys().next().value;
    const middle = globalThis.innerHeight / 2;
    const before = page.getBoundingClientRect();
    const share = (middle - before.top) / before.height;
    const { style, dataset } = this.place;
    if (scale === undefined) {
      delete dataset.scaled;
      style.setProperty('--leaf', '100%');
    } else {
      dataset.scaled = 'true';
      style.setProperty('--scale', String(scale * PIXELS_PER_POINT));
    }
    const after = page.getBoundingClientRect();
    this.sheet.scrollTop += after.top + share * after.height - middle;
    this.#redraw();
  }

  #fail() {
    const { download, url } = this.place.dataset;
    const words = document.createElement('p');
    words.className = 'note bad';
    words.setAttribute('role', 'alert');
    const link = document.createElement('a');
    link.href = download ?? url;
    link.textContent = VIEWER.download;
    words.append(VIEWER.failed, link);
    this.place.prepend(words);
  }
}

for (const place of document.querySelectorAll('[data-viewer]')) new Viewer(place).start();
