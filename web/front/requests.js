// What the signing scripts ask of the server, and how its refusals come back.
import { toBase64 } from './base64.js';
import { REFUSALS } from './messages.js';
import { KeyFileError } from './p12/errors.js';

/** A refusal that the person can understand; `code` comes from the server, with the new `heads` when they moved. */
export class SignatureRefused extends Error {
  /**
   * @param {string} code a key of REFUSALS, or a code of the server's with its sentence
   * @param {string} [sentence]
   * @param {string} [heads]
   */
  constructor(code, sentence = REFUSALS[code], heads) {
    super(sentence);
    this.name = 'SignatureRefused';
    this.code = code;
    this.heads = heads;
  }
}

/**
 * POST JSON and read JSON.
 * @param {string} url
 * @param {object} body
 * @param {object} [how]
 * @param {AbortSignal} [how.signal]
 * @param {boolean} [how.decisive] whether this call may have changed something even when its answer is lost
 * @returns {Promise<any>}
 * @throws {SignatureRefused}
 */
export async function post(url, body, { signal, decisive = false } = {}) {
  let answer, data;
  try {
    answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      credentials: 'same-origin',
      body: JSON.stringify(body),
      signal,
    });
    data = await answer.json();
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new SignatureRefused(decisive ? 'uncertain' : answer ? 'server' : 'network');
  }
  if (answer.ok) return data;
  if (data.sentence) throw new SignatureRefused(data.code, data.sentence, data.heads);
  throw new SignatureRefused(decisive ? 'uncertain' : 'server');
}

/** The public side of an identity, as the server wants it. @param {import('./p12/identity.js').Identity} identity */
export function publicSide(identity) {
  return {
    certificate: toBase64(identity.certificate),
    chain: identity.chain.map(toBase64),
    mechanism: identity.mechanism,
  };
}

/** Bytes of a chosen file. @param {File | undefined} file @returns {Promise<Uint8Array>} */
export async function bytesOf(file) {
  if (!file) throw new SignatureRefused('no_file');
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    // The file moved or changed since it was chosen.
    throw new KeyFileError('unreadable_file');
  }
}
