// The ways in which a typed password may have become bytes when the file was made.

/**
 * @typedef {object} Password
 * @property {Uint8Array} plain for PBES2 (RFC 8018): UTF-8
 * @property {Uint8Array} wide for the older schemes (RFC 7292 appendix B.1): UTF-16BE and two zero bytes
 */

const utf8 = new TextEncoder();

function wide(text) {
  const bytes = new Uint8Array(2 * text.length + 2);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at++) view.setUint16(2 * at, text.charCodeAt(at));
  return bytes;
}

const asLetters = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

/**
 * What to try, most likely first. An ASCII password has one form, so a wrong one costs a single derivation.
 * @param {string} typed
 * @returns {Password[]}
 */
export function forms(typed) {
  if (typed === '') {
    // Some tools write no bytes at all for « no password », others the two zero bytes of an empty one.
    return [wide(''), new Uint8Array()].map((zeros) => ({ plain: new Uint8Array(), wide: zeros }));
  }
  // A keyboard or a paste may hold letters and accents apart; files are made with them together, or the reverse.
  const texts = [...new Set([typed.normalize('NFC'), typed.normalize('NFD')])];
  const found = texts.map((text) => ({ plain: utf8.encode(text), wide: wide(text) }));
  const [composed] = texts;
  if (/[^\0-\x7f]/.test(composed)) {
    // OpenSSL before 1.1 took each byte of the terminal for a letter: UTF-8 here, Latin-1 on Windows.
    const latin = /^[\0-\xff]*$/.test(composed) ? Uint8Array.from(composed, (letter) => letter.charCodeAt(0)) : undefined;
    found.push({ plain: latin ?? found[0].plain, wide: wide(asLetters(found[0].plain)) });
  }
  return found;
}
