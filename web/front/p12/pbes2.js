// Password-based encryption PBES2 (RFC 8018 §6.2): PBKDF2, then AES by WebCrypto or triple DES by ours.
import { decryptCbc } from './cbc.js';
import { INTEGER, SEQUENCE } from './der.js';
import { tripleDes } from './des.js';
import { KeyFileError } from './errors.js';

export const PBES2 = '1.2.840.113549.1.5.13';

const PBKDF2 = '1.2.840.113549.1.5.12';
const TRIPLE_DES = '1.2.840.113549.3.7';
const HASHES = {
  '1.2.840.113549.2.7': 'SHA-1',
  '1.2.840.113549.2.9': 'SHA-256',
  '1.2.840.113549.2.10': 'SHA-384',
  '1.2.840.113549.2.11': 'SHA-512',
};
/** Cipher → size of its key in bytes. */
const KEY_SIZES = {
  '2.16.840.1.101.3.4.1.2': 16,
  '2.16.840.1.101.3.4.1.22': 24,
  '2.16.840.1.101.3.4.1.42': 32,
  [TRIPLE_DES]: 24,
};
/** Firefox writes 600 000; beyond this many the page would seem dead. */
const MAX_ROUNDS = 10_000_000;

/**
 * @param {import('./der.js').Element} parameters SEQUENCE { derivation, cipher }
 * @param {Uint8Array} encrypted
 * @param {import('./passwords.js').Password} password
 * @returns {Promise<Uint8Array>}
 * @throws {KeyFileError} `wrong_password`, `unsupported`
 */
export async function decryptPbes2(parameters, encrypted, password) {
  const [derivation, cipher] = [parameters.child(0), parameters.child(1)];
  const cipherOid = cipher.child(0).oid;
  const size = KEY_SIZES[cipherOid];
  if (derivation.child(0).oid !== PBKDF2 || !size) throw new KeyFileError('unsupported');
  const vector = cipher.child(1).octets;
  const key = await derive(derivation.child(1), size, password.plain);
  try {
    if (cipherOid === TRIPLE_DES) return decryptCbc(tripleDes(key), encrypted, vector);
    return await decryptAes(key, encrypted, vector);
  } finally {
    key.fill(0);
  }
}

/** PBKDF2 (RFC 8018 §5.2) with the parameters SEQUENCE { salt, rounds, key length OPTIONAL, function DEFAULT SHA-1 }. */
async function derive(parameters, size, password) {
  const [salt, rounds, ...rest] = parameters.children;
  if (rounds?.tag !== INTEGER) throw new RangeError('no round count');
  const count = rounds.number;
  if (count < 1 || count > MAX_ROUNDS) throw new KeyFileError('unsupported');
  const named = rest.find((item) => item.tag === SEQUENCE);
  const hash = named ? HASHES[named.child(0).oid] : 'SHA-1';
  if (!hash) throw new KeyFileError('unsupported');
  const base = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
  const how = { name: 'PBKDF2', hash, salt: salt.octets, iterations: count };
  return new Uint8Array(await crypto.subtle.deriveBits(how, base, 8 * size));
}

async function decryptAes(bytes, encrypted, iv) {
  if (encrypted.length === 0 || encrypted.length % 16 || iv.length !== 16) throw new RangeError('not blocks');
  const key = await crypto.subtle.importKey('raw', bytes, 'AES-CBC', false, ['decrypt']);
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-CBC', iv }, key, encrypted));
  } catch {
    // WebCrypto says no more than « it failed » when the padding is not one.
    throw new KeyFileError('wrong_password');
  }
}
