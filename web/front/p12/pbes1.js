// The password-based schemes of PKCS#12 itself (RFC 7292 appendix C): what Windows, Java and OpenSSL 1 wrote for years.
import { decryptCbc } from './cbc.js';
import { tripleDes } from './des.js';
import { KeyFileError } from './errors.js';
import { derive, FOR_KEY, FOR_VECTOR } from './kdf.js';
import { rc2 } from './rc2.js';

/** Scheme → cipher and size of its key in bytes. */
const SCHEMES = {
  '1.2.840.113549.1.12.1.3': [tripleDes, 24],
  '1.2.840.113549.1.12.1.4': [tripleDes, 16],
  '1.2.840.113549.1.12.1.5': [rc2, 16],
  '1.2.840.113549.1.12.1.6': [rc2, 5],
};
/** Java writes 50 000; beyond this many the page would seem dead. */
const MAX_ROUNDS = 1_000_000;

/** @param {string} oid @returns {boolean} */
export const isPbes1 = (oid) => Object.hasOwn(SCHEMES, oid);

/**
 * @param {string} oid scheme
 * @param {import('./der.js').Element} parameters SEQUENCE { salt, rounds }
 * @param {Uint8Array} encrypted
 * @param {import('./passwords.js').Password} password
 * @returns {Uint8Array}
 */
export function decryptPbes1(oid, parameters, encrypted, password) {
  const [cipher, size] = SCHEMES[oid];
  const salt = parameters.child(0).octets;
  const rounds = parameters.child(1).number;
  if (rounds < 1 || rounds > MAX_ROUNDS) throw new KeyFileError('unsupported');
  const key = derive(FOR_KEY, password.wide, salt, rounds, size);
  try {
    return decryptCbc(cipher(key), encrypted, derive(FOR_VECTOR, password.wide, salt, rounds, 8));
  } finally {
    key.fill(0);
  }
}
