// Key derivation of the older schemes of PKCS#12 (RFC 7292 appendix B.2), with SHA-1.
import { concat } from './der.js';
import { sha1 } from './sha1.js';

const DIGEST = 20;
const BLOCK = 64;

export const FOR_KEY = 1;
export const FOR_VECTOR = 2;

/** Repeat the bytes up to a whole number of blocks. */
function fill(bytes) {
  const filled = new Uint8Array(BLOCK * Math.ceil(bytes.length / BLOCK));
  for (let at = 0; at < filled.length; at++) filled[at] = bytes[at % bytes.length];
  return filled;
}

/** Add `step` + 1 to a big-endian number, in place, dropping what overflows. */
function addOneMore(number, step) {
  let carry = 1;
  for (let at = number.length - 1; at >= 0; at--) {
    carry += number[at] + step[at];
    number[at] = carry & 0xff;
    carry >>= 8;
  }
}

/**
 * @param {number} purpose FOR_KEY or FOR_VECTOR
 * @param {Uint8Array} password UTF-16BE with two zero bytes at the end
 * @param {Uint8Array} salt
 * @param {number} rounds
 * @param {number} size bytes wanted
 * @returns {Uint8Array}
 */
export function derive(purpose, password, salt, rounds, size) {
  const header = new Uint8Array(BLOCK).fill(purpose);
  const input = concat([fill(salt), fill(password)]);
  const pieces = [];
  for (let got = 0; got < size; got += DIGEST) {
    const piece = sha1(concat([header, input]), rounds);
    pieces.push(piece);
    const step = fill(piece).subarray(0, BLOCK);
    for (let at = 0; at < input.length; at += BLOCK) addOneMore(input.subarray(at, at + BLOCK), step);
  }
  input.fill(0);
  return concat(pieces).subarray(0, size);
}
