// From a key file to something that can sign: a key that cannot be taken out, and the certificate that goes with it.
import { endOf, isForSignature, issuersOf, publicKeyOf } from './certificate.js';
import { encode, INTEGER, read, SEQUENCE } from './der.js';
import { KeyFileError } from './errors.js';
import { openPkcs12 } from './pkcs12.js';

const RSA = '1.2.840.113549.1.1.1';
const EC = '1.2.840.10045.2.1';
const CURVES = {
  '1.2.840.10045.3.1.7': 'P-256',
  '1.3.132.0.34': 'P-384',
  '1.3.132.0.35': 'P-521',
};

/**
 * @typedef {object} Identity
 * @property {Uint8Array} certificate DER
 * @property {Uint8Array[]} chain DER of its issuers found in the file, nearest first
 * @property {'rsa-pkcs1' | 'ecdsa'} mechanism
 * @property {(data: Uint8Array) => Promise<Uint8Array>} sign signature as CMS wants it, over SHA-256 of the data
 */

/**
 * Open a key file.
 * @param {Uint8Array} bytes the file; erased
 * @param {string} password
 * @returns {Promise<Identity>}
 * @throws {KeyFileError}
 */
export async function openIdentity(bytes, password) {
  let keys = [];
  try {
    let certificates;
    ({ keys, certificates } = await openPkcs12(bytes, password));
    if (keys.length === 0) throw new KeyFileError('no_key');
    const { certificate, key, how } = await choose(keys, certificates);
    return {
      certificate,
      chain: issuersOf(certificate, certificates),
      mechanism: how.mechanism,
      async sign(data) {
        const signature = new Uint8Array(await crypto.subtle.sign(how.algorithm, key, data));
        return how.mechanism === 'ecdsa' ? derSignature(signature) : signature;
      },
    };
  } catch (error) {
    throw error instanceof RangeError ? new KeyFileError('not_a_p12') : error;
  } finally {
    // Best effort: the browser may have made copies, but none that outlives the page.
    for (const key of keys) key.fill(0);
    bytes.fill(0);
  }
}

/**
 * The key and certificate to sign with. A file may hold several pairs, for logging in and for signing, or an expired one
 * beside its renewal: one meant for signature comes first, then the one that lasts longest.
 */
async function choose(keys, certificates) {
  const pairs = [];
  let fault = new KeyFileError('no_certificate');
  for (const bytes of keys) {
    try {
      const how = algorithmOf(bytes);
      const key = await importKey(bytes, how);
      for (const certificate of await matching(key, how, certificates)) pairs.push({ certificate, key, how });
    } catch (error) {
      if (!(error instanceof KeyFileError)) throw error;
      fault = error;
    }
  }
  if (pairs.length === 0) throw fault;
  const rank = ({ certificate }) => `${isForSignature(certificate) ? 1 : 0}${endOf(certificate)}`;
  return pairs.reduce((best, pair) => (rank(pair) > rank(best) ? pair : best));
}

/** PrivateKeyInfo (RFC 5958 §2) → how WebCrypto names its algorithm. */
function algorithmOf(pkcs8) {
  try {
    const identifier = read(pkcs8).child(1);
    const kind = identifier.child(0).oid;
    if (kind === RSA) return { mechanism: 'rsa-pkcs1', algorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } };
    const namedCurve = kind === EC ? CURVES[identifier.child(1).oid] : undefined;
    if (namedCurve) return { mechanism: 'ecdsa', algorithm: { name: 'ECDSA', namedCurve, hash: 'SHA-256' } };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // Parameters spelled out instead of a named curve: not a key that we can use either.
  }
  throw new KeyFileError('unsupported_key');
}

async function importKey(pkcs8, { algorithm }) {
  // Windows adds attributes after the key, which not every browser accepts there: only the three first fields are kept.
  const bare = encode(SEQUENCE, ...read(pkcs8).children.slice(0, 3).map((field) => field.raw));
  try {
    return await crypto.subtle.importKey('pkcs8', bare, algorithm, false, ['sign']);
  } catch {
    throw new KeyFileError('unsupported_key');
  } finally {
    bare.fill(0);
  }
}

/** The certificates whose public key verifies what this key signs. */
async function matching(key, { algorithm }, certificates) {
  const probe = crypto.getRandomValues(new Uint8Array(32));
  const signature = await crypto.subtle.sign(algorithm, key, probe);
  const found = [];
  for (const certificate of certificates) {
    try {
      const publicKey = await crypto.subtle.importKey('spki', publicKeyOf(certificate), algorithm, false, ['verify']);
      if (await crypto.subtle.verify(algorithm, publicKey, signature, probe)) found.push(certificate);
    } catch {
      // A certificate of another kind of key, an issuer's for instance: not this one.
    }
  }
  return found;
}

/** WebCrypto gives r‖s; CMS wants SEQUENCE { INTEGER r, INTEGER s } (RFC 5753 §7.2). @param {Uint8Array} signature */
export function derSignature(signature) {
  const half = signature.length / 2;
  return encode(SEQUENCE, integer(signature.subarray(0, half)), integer(signature.subarray(half)));
}

/** INTEGER out of an unsigned big-endian number: no useless zero, one when the sign bit is taken. */
function integer(bytes) {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? bytes.subarray(-1) : bytes.subarray(first);
  return encode(INTEGER, digits[0] & 0x80 ? Uint8Array.of(0) : new Uint8Array(), digits);
}
