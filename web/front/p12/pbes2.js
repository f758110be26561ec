// Password-based encryption PBES2 (RFC 8018 §6.2): PBKDF2 then AES-CBC, by WebCrypto.
import { KeyFileError } from './errors.js';

export const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const HASHES = {
  '1.2.840.113549.2.7': 'SHA-1',
  '1.2.840.113549.2.9': 'SHA-256',
  '1.2.840.113549.2.10': 'SHA-384',
  '1.2.840.113549.2.11': 'SHA-512',
};
const KEY_BITS = {
  '2.16.840.1.101.3.4.1.2': 128,
  '2.16.840.1.101.3.4.1.22': 192,
  '2.16.840.1.101.3.4.1.42': 256,
};
const SEQUENCE = 0x30;
const INTEGER = 0x02;

/** Decrypt with the parameters of an AlgorithmIdentifier. Throws KeyFileError. */
export async function decryptPbes2(parameters, encrypted, password) {
  const [derivation, cipher] = parameters.children;
  const bits = KEY_BITS[cipher.children[0].oid];
  if (derivation.children[0].oid !== PBKDF2 || !bits) throw new KeyFileError('unsupported');
  const [salt, rounds, ...rest] = derivation.children[1].children;
  if (rounds.tag !== INTEGER || rounds.number > 10_000_000) throw new KeyFileError('unsupported');
  const function_ = rest.find((item) => item.tag === SEQUENCE);
  const hash = function_ ? HASHES[function_.children[0].oid] : 'SHA-1';
  if (!hash) throw new KeyFileError('unsupported');
  const base = await crypto.subtle.importKey('raw', new TextEncoder().encode(password), 'PBKDF2', false, ['deriveKey']);
  const key = await crypto.subtle.deriveKey(
    { name: 'PBKDF2', hash, salt: salt.octets, iterations: rounds.number },
    base,
    { name: 'AES-CBC', length: bits },
    false,
    ['decrypt'],
  );
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-CBC', iv: cipher.children[1].octets }, key, encrypted));
  } catch {
    throw new KeyFileError('wrong_password');
  }
}
