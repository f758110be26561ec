// Opening a PKCS#12 file (RFC 7292) in the page. Nothing of it is ever sent.
//
// The integrity code of the file is not checked: Firefox writes it with 600 000 rounds that WebCrypto cannot run in one
// call, and it proves nothing that the decryption and the match between key and certificate do not.
import { read, SEQUENCE } from './der.js';
import { KeyFileError } from './errors.js';
import { forms } from './passwords.js';
import { decryptPbes1, isPbes1 } from './pbes1.js';
import { decryptPbes2, PBES2 } from './pbes2.js';

const DATA = '1.2.840.113549.1.7.1';
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';
const KEY_BAG = '1.2.840.113549.1.12.10.1.1';
const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2';
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3';
const NESTED_BAG = '1.2.840.113549.1.12.10.1.6';
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';

/** Size of the largest file worth reading, in bytes: a key and some certificates take a few kilobytes. */
const MAX_SIZE = 2_000_000;

/**
 * @typedef {object} Contents
 * @property {Uint8Array[]} keys PKCS#8, in clear: the caller erases them
 * @property {Uint8Array[]} certificates DER
 */

/**
 * Keys and certificates of a file.
 * @param {Uint8Array} bytes
 * @param {string} password as typed
 * @returns {Promise<Contents>}
 * @throws {KeyFileError}
 */
export async function openPkcs12(bytes, password) {
  if (bytes.length > MAX_SIZE) throw new KeyFileError('not_a_p12');
  for (const form of forms(password)) {
    try {
      return await open(bytes, form);
    } catch (error) {
      if (error instanceof RangeError) throw new KeyFileError(isCertificate(bytes) ? 'no_key' : 'not_a_p12');
      if (error.code !== 'wrong_password') throw error;
    }
  }
  throw new KeyFileError('wrong_password');
}

/** PFX (RFC 7292 §4) → bags. */
async function open(bytes, password) {
  const file = read(bytes);
  const content = file.child(1);
  if (file.tag !== SEQUENCE || file.child(0).number !== 3 || content.child(0).oid !== DATA) throw new RangeError('no PFX');
  /** @type {Contents} */
  const found = { keys: [], certificates: [] };
  try {
    for (const part of read(content.child(1).child(0).octets).children) {
      const bags = await partContent(part, password);
      for (const bag of read(bags).children) await collect(bag, password, found);
      bags.fill(0);
    }
  } catch (error) {
    for (const key of found.keys) key.fill(0);
    throw error;
  }
  return found;
}

/** ContentInfo of the authenticated safe: in clear, or encrypted (RFC 7292 §4.1, RFC 5652 §8). */
async function partContent(part, password) {
  const kind = part.child(0).oid;
  const value = part.child(1).child(0);
  if (kind === DATA) return value.octets.slice();
  if (kind !== ENCRYPTED_DATA) throw new KeyFileError('unsupported');
  const encrypted = value.child(1);
  return decrypt(encrypted.child(1), encrypted.child(2).octets, password);
}

/** SafeBag (RFC 7292 §4.2). */
async function collect(bag, password, found) {
  const kind = bag.child(0).oid;
  const value = bag.child(1).child(0);
  if (kind === SHROUDED_KEY_BAG) {
    found.keys.push(await decrypt(value.child(0), value.child(1).octets, password));
  } else if (kind === KEY_BAG) {
    found.keys.push(value.raw.slice());
  } else if (kind === CERTIFICATE_BAG && value.child(0).oid === X509_CERTIFICATE) {
    found.certificates.push(value.child(1).child(0).octets.slice());
  } else if (kind === NESTED_BAG) {
    for (const inner of value.children) await collect(inner, password, found);
  }
}

async function decrypt(algorithm, encrypted, password) {
  const scheme = algorithm.child(0).oid;
  if (scheme !== PBES2 && !isPbes1(scheme)) throw new KeyFileError('unsupported');
  const plain =
    scheme === PBES2
      ? await decryptPbes2(algorithm.child(1), encrypted, password)
      : decryptPbes1(scheme, algorithm.child(1), encrypted, password);
  if (!isWhole(plain)) {
    // One wrong password in 256 leaves what looks like padding; it does not leave a structure.
    plain.fill(0);
    throw new KeyFileError('wrong_password');
  }
  return plain;
}

function isWhole(bytes) {
  try {
    const element = read(bytes);
    return element.tag === SEQUENCE && element.raw.length === bytes.length;
  } catch {
    return false;
  }
}

/** Whether somebody chose the certificate instead of the key file: PEM text, or SEQUENCE { SEQUENCE … } (RFC 5280). */
function isCertificate(bytes) {
  if (new TextDecoder('latin1').decode(bytes.subarray(0, 40)).includes('-----BEGIN CERTIFICATE')) return true;
  try {
    const [signed, algorithm] = read(bytes).children;
    return signed.tag === SEQUENCE && algorithm.tag === SEQUENCE;
  } catch {
    return false;
  }
}
