// Cipher block chaining over blocks of eight bytes (RFC 8018 appendix B.2.2), for the ciphers that WebCrypto lacks.
import { KeyFileError } from './errors.js';

const BLOCK = 8;

/**
 * @param {(block: Uint8Array) => Uint8Array} decryptBlock
 * @param {Uint8Array} encrypted
 * @param {Uint8Array} vector 8 bytes
 * @returns {Uint8Array} what was encrypted, without its padding
 * @throws {KeyFileError} `wrong_password` when the padding is not one
 */
export function decryptCbc(decryptBlock, encrypted, vector) {
  if (encrypted.length === 0 || encrypted.length % BLOCK || vector.length !== BLOCK) throw new RangeError('not blocks');
  const plain = new Uint8Array(encrypted.length);
  let before = vector;
  for (let at = 0; at < encrypted.length; at += BLOCK) {
    const block = encrypted.subarray(at, at + BLOCK);
    const opened = decryptBlock(block);
    for (let i = 0; i < BLOCK; i++) plain[at + i] = opened[i] ^ before[i];
    before = block;
  }
  const padding = plain[plain.length - 1];
  const end = plain.length - padding;
  if (padding < 1 || padding > BLOCK || plain.subarray(end).some((byte) => byte !== padding)) {
    plain.fill(0);
    throw new KeyFileError('wrong_password');
  }
  return plain.subarray(0, end);
}
