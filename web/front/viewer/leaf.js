// One page of the document: drawn when it comes near, forgotten when it is far, with text that can be selected and read.
import { RenderingCancelledException, TextLayer } from 'pdfjs-dist';
import { VIEWER } from '../messages.js';

/** Sharper than this nobody sees, and memory runs out. */
const MAX_DENSITY = 2;
/** Phones refuse larger canvases, in pixels. */
const MAX_PIXELS = 16_000_000;

export class Leaf {
  #pdf;
  #rendering;
  /** Width at which it is drawn or being drawn, in CSS pixels; 0 when it is not. */
  #drawn = 0;
  /** Whether it should be drawn at all. */
  isNear = false;

  /**
   * @param {import('pdfjs-dist').PDFDocumentProxy} pdf
   * @param {number} number from 1
   */
  constructor(pdf, number) {
    this.#pdf = pdf;
    this.number = number;
    this.element = document.createElement('div');
    this.element.className = 'leaf';
    this.element.setAttribute('role', 'group');
    this.element.setAttribute('aria-label', VIEWER.page(number, pdf.numPages));
  }

  /** Take the page's own shape and size, in points. @param {import('pdfjs-dist').PageViewport} natural */
  shape(natural) {
    this.element.style.setProperty('--ratio', `${natural.width} / ${natural.height}`);
    this.element.style.setProperty('--points', String(natural.width));
  }

  /** Draw at the present width; nothing when that is done already. */
  async draw() {
    this.isNear = true;
    if (this.#drawn === this.element.clientWidth) return;
    this.#rendering?.cancel();
    try {
      const page = await this.#pdf.getPage(this.number);
      const natural = page.getViewport({ scale: 1 });
      this.shape(natural);
      const width = this.element.clientWidth;
      if (!this.isNear || width === 0 || this.#drawn === width) return;
      this.#drawn = width;
      const viewport = page.getViewport({ scale: width / natural.width });
      const canvas = await this.#paint(page, viewport);
      const text = await this.#write(page, viewport);
      if (this.#drawn !== width) return;
      this.element.replaceChildren(canvas, text);
    } catch (error) {
      if (error instanceof RenderingCancelledException) return;
      console.warn(error);
      this.#drawn = 0;
      const words = document.createElement('p');
      words.className = 'note bad';
      words.textContent = VIEWER.pageFailed(this.number);
      this.element.replaceChildren(words);
    }
  }

  /** Far from view: give the memory back. */
  forget() {
    this.isNear = false;
    this.#rendering?.cancel();
    this.#drawn = 0;
    this.element.replaceChildren();
  }

  async #paint(page, viewport) {
    const wanted = Math.min(globalThis.devicePixelRatio || 1, MAX_DENSITY);
    const density = Math.min(wanted, Math.sqrt(MAX_PIXELS / (viewport.width * viewport.height)));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(viewport.width * density);
    canvas.height = Math.round(viewport.height * density);
    canvas.setAttribute('aria-hidden', 'true');
    this.#rendering = page.render({ canvas, viewport, transform: [density, 0, 0, density, 0, 0] });
    await this.#rendering.promise;
    return canvas;
  }

  async #write(page, viewport) {
    const text = document.createElement('div');
    text.className = 'text-layer';
    text.style.setProperty('--total-scale-factor', String(viewport.scale));
    await new TextLayer({ textContentSource: page.streamTextContent(), container: text, viewport }).render();
    return text;
  }
}
