// Reading DER, and the BER that some tools write: indefinite lengths, strings in pieces. ITU-T X.690.
//
// Everything here throws RangeError on bytes that are not that, and never reads outside them.

export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OBJECT_IDENTIFIER = 0x06;
export const SEQUENCE = 0x30;
export const SET = 0x31;

const CONSTRUCTED = 0x20;
const INDEFINITE = 0x80;
/** Deeper than any real file; keeps hostile ones from exhausting the stack. */
const MAX_DEPTH = 40;

/** One element: its tag, its content, its whole encoding. */
export class Element {
  #depth;

  /**
   * @param {number} tag
   * @param {Uint8Array} body content
   * @param {Uint8Array} raw tag, length and content
   * @param {number} depth how many elements are around this one
   */
  constructor(tag, body, raw, depth) {
    this.tag = tag;
    this.body = body;
    this.raw = raw;
    this.#depth = depth;
  }

  /** Elements inside a constructed one. @returns {Element[]} */
  get children() {
    const found = [];
    for (let at = 0; at < this.body.length; ) {
      const child = read(this.body, at, this.#depth + 1);
      found.push(child);
      at += child.raw.length;
    }
    return found;
  }

  /** The child at `index`; throws when there is none. @returns {Element} */
  child(index) {
    const found = this.children[index];
    if (!found) throw new RangeError(`no element ${index}`);
    return found;
  }

  /** Dotted object identifier (X.690 §8.19). @returns {string} */
  get oid() {
    if (this.tag !== OBJECT_IDENTIFIER) throw new RangeError('not an object identifier');
    const parts = [];
    let value = 0;
    for (const byte of this.body) {
      value = value * 128 + (byte & 0x7f);
      if (byte & 0x80) continue;
      if (parts.length === 0) {
        const first = Math.min(2, Math.floor(value / 40));
        parts.push(first, value - first * 40);
      } else parts.push(value);
      value = 0;
    }
    return parts.join('.');
  }

  /** Small non-negative integer. @returns {number} */
  get number() {
    return this.body.reduce((total, byte) => total * 256 + byte, 0);
  }

  /** Content of a string, joined when it is in pieces (X.690 §8.7.3). @returns {Uint8Array} */
  get octets() {
    return this.tag & CONSTRUCTED ? concat(this.children.map((child) => child.octets)) : this.body;
  }
}

/**
 * The element that starts at `at`.
 * @param {Uint8Array} bytes
 * @param {number} [at]
 * @param {number} [depth] how many elements are around it
 * @returns {Element}
 */
export function read(bytes, at = 0, depth = 0) {
  if (depth > MAX_DEPTH) throw new RangeError('absurd depth');
  if (at + 2 > bytes.length) throw new RangeError('truncated');
  const tag = bytes[at];
  let from = at + 2;
  let length = bytes[at + 1];
  if (length === INDEFINITE) return readIndefinite(bytes, tag, at, from, depth);
  if (length > 0x80) {
    let count = length & 0x7f;
    if (count > 4) throw new RangeError('absurd length');
    if (from + count > bytes.length) throw new RangeError('truncated');
    for (length = 0; count > 0; count--) length = length * 256 + bytes[from++];
  }
  const to = from + length;
  if (to > bytes.length) throw new RangeError('truncated');
  return new Element(tag, bytes.subarray(from, to), bytes.subarray(at, to), depth);
}

/** Indefinite form: the content runs to two zero bytes (X.690 §8.1.3.6). */
function readIndefinite(bytes, tag, start, from, depth) {
  if (!(tag & CONSTRUCTED)) throw new RangeError('indefinite length of a primitive element');
  let at = from;
  while (bytes[at] !== 0 || bytes[at + 1] !== 0) at += read(bytes, at, depth + 1).raw.length;
  return new Element(tag, bytes.subarray(from, at), bytes.subarray(start, at + 2), depth);
}

/** One byte array out of several. @param {Uint8Array[]} pieces @returns {Uint8Array} */
export function concat(pieces) {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** DER of an element. @param {number} tag @param {...Uint8Array} pieces content @returns {Uint8Array} */
export function encode(tag, ...pieces) {
  const body = concat(pieces);
  const length = [];
  if (body.length < 0x80) length.push(body.length);
  else {
    for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest & 0xff);
    length.unshift(0x80 | length.length);
  }
  return concat([Uint8Array.of(tag, ...length), body]);
}
