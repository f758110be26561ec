// From a key file to something that can sign: a key that cannot be taken out, and the certificate that goes with it.
import { KeyFileError } from './errors.js';
import { read } from './der.js';
import { openPkcs12 } from './pkcs12.js';

const RSA = '1.2.840.113549.1.1.1';
const EC = '1.2.840.10045.2.1';
const CURVES = {
  '1.2.840.10045.3.1.7': 'P-256',
  '1.3.132.0.34': 'P-384',
  '1.3.132.0.35': 'P-521',
};

/**
 * Open a key file.
 * @param {Uint8Array} bytes the file
 * @param {string} password
 * @returns {Promise<{certificate: Uint8Array, chain: Uint8Array[], mechanism: string, sign: (data: Uint8Array) => Promise<Uint8Array>}>}
 */
export async function openIdentity(bytes, password) {
  const { keys, certificates } = await openPkcs12(bytes, password);
  if (keys.length === 0) throw new KeyFileError('no_key');
  const { algorithm, mechanism } = algorithmOf(keys[0]);
  const key = await crypto.subtle.importKey('pkcs8', keys[0], algorithm, false, ['sign']);
  for (const bytesOfKey of keys) bytesOfKey.fill(0);
  const certificate = await matching(key, algorithm, certificates);
  if (!certificate) throw new KeyFileError('no_certificate');
  return {
    certificate,
    chain: certificates.filter((item) => item !== certificate),
    mechanism,
    async sign(data) {
      const signature = new Uint8Array(await crypto.subtle.sign(algorithm, key, data));
      return mechanism === 'ecdsa' ? derSignature(signature) : signature;
    },
  };
}

function algorithmOf(pkcs8) {
  const [kind, parameters] = read(pkcs8).children[1].children;
  if (kind.oid === RSA) {
    return { mechanism: 'rsa-pkcs1', algorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } };
  }
  const namedCurve = kind.oid === EC ? CURVES[parameters.oid] : undefined;
  if (!namedCurve) throw new KeyFileError('unsupported_key');
  return { mechanism: 'ecdsa', algorithm: { name: 'ECDSA', namedCurve, hash: 'SHA-256' } };
}

/** The certificate whose public key verifies what this key signs. */
async function matching(key, algorithm, certificates) {
  const probe = crypto.getRandomValues(new Uint8Array(32));
  const signature = await crypto.subtle.sign(algorithm, key, probe);
  for (const certificate of certificates) {
    try {
      const publicKey = await crypto.subtle.importKey('spki', publicKeyOf(certificate), algorithm, false, ['verify']);
      if (await crypto.subtle.verify(algorithm, publicKey, signature, probe)) return certificate;
    } catch {
      // A certificate of another kind of key (an issuer's): not this one.
    }
  }
  return undefined;
}

/** SubjectPublicKeyInfo of a certificate (RFC 5280 §4.1): the sixth field after the optional version. */
function publicKeyOf(certificate) {
  const fields = read(certificate).children[0].children;
  return fields[fields[0].tag === 0xa0 ? 6 : 5].raw;
}

/** WebCrypto gives r‖s; CMS wants SEQUENCE { INTEGER r, INTEGER s } (RFC 5753 §2.1.1). */
export function derSignature(signature) {
  const half = signature.length / 2;
  const body = [...integer(signature.subarray(0, half)), ...integer(signature.subarray(half))];
  const length = body.length < 128 ? [body.length] : [0x81, body.length];
  return Uint8Array.from([0x30, ...length, ...body]);
}

function integer(bytes) {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  const digits = [...bytes.subarray(from)];
  if (digits[0] & 0x80) digits.unshift(0);
  return [0x02, digits.length, ...digits];
}
