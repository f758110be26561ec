// Opening a PKCS#12 file (RFC 7292) in the page. Nothing of it is ever sent.
//
// The integrity code of the file is not checked: tools write it with hundreds of thousands of rounds, and it proves
// nothing that decryption and the match between key and certificate do not.
import { KeyFileError } from './errors.js';
import { read } from './der.js';
import { decryptPbes2, PBES2 } from './pbes2.js';

const DATA = '1.2.840.113549.1.7.1';
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';
const KEY_BAG = '1.2.840.113549.1.12.10.1.1';
const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2';
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3';

/**
 * Keys (PKCS#8) and certificates (DER) of a file.
 * @param {Uint8Array} bytes
 * @param {string} password
 * @returns {Promise<{keys: Uint8Array[], certificates: Uint8Array[]}>}
 */
export async function openPkcs12(bytes, password) {
  // A password typed on a Mac may hold letters and accents apart; files are made with them together.
  const candidates = [...new Set([password.normalize('NFC'), password])];
  for (const [index, candidate] of candidates.entries()) {
    try {
      return await open(bytes, candidate);
    } catch (error) {
      if (error instanceof RangeError || error instanceof TypeError) throw new KeyFileError('not_a_p12');
      if (error.code !== 'wrong_password' || index === candidates.length - 1) throw error;
    }
  }
  throw new KeyFileError('wrong_password');
}

async function open(bytes, password) {
  const [version, content] = read(bytes).children;
  if (version?.number !== 3 || content?.children[0].oid !== DATA) throw new RangeError('not a PFX');
  const found = { keys: [], certificates: [] };
  for (const part of read(content.children[1].children[0].octets).children) {
    for (const bag of read(await contents(part, password)).children) await collect(bag, password, found);
  }
  return found;
}

async function contents(part, password) {
  const [kind, value] = part.children;
  if (kind.oid === DATA) return value.children[0].octets;
  if (kind.oid !== ENCRYPTED_DATA) throw new KeyFileError('unsupported');
  const [, algorithm, encrypted] = value.children[0].children[1].children;
  return decrypt(algorithm, encrypted.octets, password);
}

async function collect(bag, password, found) {
  const [kind, value] = bag.children;
  const inside = value.children[0];
  if (kind.oid === SHROUDED_KEY_BAG) {
    const [algorithm, encrypted] = inside.children;
    found.keys.push(await decrypt(algorithm, encrypted.octets, password));
  } else if (kind.oid === KEY_BAG) found.keys.push(inside.raw);
  else if (kind.oid === CERTIFICATE_BAG) found.certificates.push(inside.children[1].children[0].octets);
}

function decrypt(algorithm, encrypted, password) {
  const [kind, parameters] = algorithm.children;
  if (kind.oid !== PBES2) throw new KeyFileError('unsupported');
  return decryptPbes2(parameters, encrypted, password);
}
