// The few fields of a certificate (RFC 5280 §4.1) that choosing the right one needs.
import { BIT_STRING, read } from './der.js';

const KEY_USAGE = '2.5.29.15';
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const UTC_TIME = 0x17;
/** Second bit of KeyUsage (RFC 5280 §4.2.1.3), also called contentCommitment. */
const NON_REPUDIATION = 0x40;

/** tbsCertificate without its optional version: serial, algorithm, issuer, validity, subject, public key… */
function fields(certificate) {
  const all = read(certificate).child(0).children;
  const found = all[0]?.tag === VERSION ? all.slice(1) : all;
  if (found.length < 6) throw new RangeError('no certificate');
  return found;
}

/** SubjectPublicKeyInfo. @param {Uint8Array} certificate DER @returns {Uint8Array} */
export function publicKeyOf(certificate) {
  return fields(certificate)[5].raw;
}

/**
 * The issuers of a certificate among others, nearest first: the server has no use for the rest of the file.
 * @param {Uint8Array} certificate DER
 * @param {Uint8Array[]} others DER
 * @returns {Uint8Array[]}
 */
export function issuersOf(certificate, others) {
  const left = new Set(others);
  const found = [];
  for (let current = certificate; current; ) {
    left.delete(current);
    const issuer = fields(current)[2].raw;
    current = [...left].find((other) => isSame(fields(other)[4].raw, issuer));
    if (current) found.push(current);
  }
  return found;
}

const isSame = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

/** End of validity, as text that sorts: YYYYMMDDHHMMSSZ. @param {Uint8Array} certificate @returns {string} */
export function endOf(certificate) {
  const end = fields(certificate)[3].child(1);
  const text = new TextDecoder('latin1').decode(end.body);
  if (end.tag !== UTC_TIME) return text;
  return (text < '50' ? '20' : '19') + text; // RFC 5280 §4.1.2.5.1
}

/** Whether the certificate says that its key is for signing deeds. @param {Uint8Array} certificate @returns {boolean} */
export function isForSignature(certificate) {
  const extensions = fields(certificate).find((field) => field.tag === EXTENSIONS);
  for (const extension of extensions?.child(0).children ?? []) {
    const parts = extension.children;
    if (parts[0]?.oid !== KEY_USAGE) continue;
    const usage = read(parts[parts.length - 1].octets);
    return usage.tag === BIT_STRING && (usage.body[1] & NON_REPUDIATION) !== 0;
  }
  return false;
}
