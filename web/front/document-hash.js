// What the page computes about a prepared document while it arrives: the digest that will be signed, and the digest of
// the beginning, which must be the document that was shown.
import { sha256 } from '@noble/hashes/sha2.js';

/** Characters that the hole left for the signature may hold: a hexadecimal string between angle brackets. */
const HEXADECIMAL = new Set(new TextEncoder().encode('<>0123456789abcdefABCDEF'));

export class DocumentHash {
  #hash = sha256.create();
  #at = 0;
  #shown;

  /**
   * @param {object} plan
   * @param {number} plan.shownSize bytes of the document that was shown, of which the prepared one is a continuation
   * @param {number} plan.start first byte of the hole
   * @param {number} plan.end first byte after it
   */
  constructor({ shownSize, start, end }) {
    if (!(shownSize > 0 && shownSize <= start && start < end)) throw new RangeError('the hole is inside what was shown');
    this.plan = { shownSize, start, end };
  }

  /** @param {Uint8Array} bytes the next ones */
  update(bytes) {
    const { shownSize, start, end } = this.plan;
    for (let from = 0; from < bytes.length; ) {
      const cut = [shownSize, start, end].find((place) => place > this.#at) ?? Infinity;
      const piece = bytes.subarray(from, from + cut - this.#at);
      if (this.#at >= start && this.#at < end) {
        if (!piece.every((byte) => HEXADECIMAL.has(byte))) throw new RangeError('the hole holds something');
      } else this.#hash.update(piece);
      from += piece.length;
      this.#at += piece.length;
      if (this.#at === shownSize) this.#shown = this.#hash.clone().digest();
    }
  }

  /** @returns {{digest: Uint8Array, shown: Uint8Array}} SHA-256 of all but the hole, and of what was shown */
  finish() {
    if (this.#at < this.plan.end) throw new RangeError('the document stops inside the hole');
    return { digest: this.#hash.digest(), shown: this.#shown };
  }
}
