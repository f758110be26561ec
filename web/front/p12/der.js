// Reading DER, and the BER that some tools write (indefinite lengths, strings in pieces). ITU-T X.690.

/** One element: its tag, its content, its whole encoding. */
export class Element {
  constructor(bytes, tag, from, to, start, end) {
    this.tag = tag;
    this.body = bytes.subarray(from, to);
    this.raw = bytes.subarray(start, end);
    this.size = end - start;
  }

  /** Elements inside a constructed one. */
  get children() {
    const found = [];
    for (let at = 0; at < this.body.length; ) {
      const child = read(this.body, at);
      found.push(child);
      at += child.size;
    }
    return found;
  }

  /** Dotted object identifier. */
  get oid() {
    if (this.tag !== 0x06) throw new RangeError('not an object identifier');
    const parts = [];
    let value = 0;
    for (const byte of this.body) {
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) {
        if (parts.length === 0) {
          const first = Math.min(2, Math.floor(value / 40));
          parts.push(first, value - first * 40);
        } else parts.push(value);
        value = 0;
      }
    }
    return parts.join('.');
  }

  /** Small non-negative integer. */
  get number() {
    return this.body.reduce((total, byte) => total * 256 + byte, 0);
  }

  /** Content of an OCTET STRING, even in pieces. */
  get octets() {
    return this.tag & 0x20 ? join(this.children.map((child) => child.octets)) : this.body;
  }
}

const MAX_DEPTH = 40;

/** The element that starts at `at`. Throws RangeError on anything that is not DER. */
export function read(bytes, at = 0, depth = 0) {
  if (depth > MAX_DEPTH || at + 2 > bytes.length) throw new RangeError('truncated DER');
  const tag = bytes[at];
  let length = bytes[at + 1];
  let from = at + 2;
  if (length === 0x80) return indefinite(bytes, tag, from, at, depth);
  if (length > 0x80) {
    let count = length & 0x7f;
    if (count > 4) throw new RangeError('absurd DER length');
    for (length = 0; count > 0; count--) length = length * 256 + (bytes[from++] ?? NaN);
  }
  if (!(from + length <= bytes.length)) throw new RangeError('truncated DER');
  return new Element(bytes, tag, from, from + length, at, from + length);
}

function indefinite(bytes, tag, from, start, depth) {
  let at = from;
  while (!(bytes[at] === 0 && bytes[at + 1] === 0)) {
    if (at >= bytes.length) throw new RangeError('truncated DER');
    at += read(bytes, at, depth + 1).size;
  }
  return new Element(bytes, tag, from, at, start, at + 2);
}

/** Concatenation of byte arrays. */
export function join(pieces) {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
