// The page's part of a signature: prepare, check what is about to be signed, sign, finish.
//
// The server is not taken at its word. Before a key is used, the page reads the prepared document itself and makes sure
// that it begins with the very bytes the person was shown, and that the digest to sign is that document's.
import { fromBase64, toBase64 } from './base64.js';
import { SIGNING } from './messages.js';
import { read, SET } from './p12/der.js';
import { post, publicSide, SignatureRefused } from './requests.js';

const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
/** How often to begin again when somebody else signed at the same time. */
const MAX_ROUNDS = 3;

/**
 * @typedef {object} Shown a main document as the page showed it
 * @property {string} sha256 hexadecimal
 * @property {number} size in bytes
 *
 * @typedef {object} Task
 * @property {import('./p12/identity.js').Identity} identity
 * @property {{prepare: string, finish: string, worker: string}} urls
 * @property {string} step
 * @property {{fields: Record<string, string>, outcome: string}} answer what the step asks for besides the signature
 * @property {Shown[]} shown
 * @property {(sentence: string, part: number) => void} tell progress, 0 to 1
 * @property {() => void} commit called when the signature leaves: from then on nothing can be taken back
 * @property {AbortSignal} signal
 */

/**
 * Sign every document of a step.
 * @param {Task} task
 * @returns {Promise<{next: string}>} the server's answer
 * @throws {SignatureRefused}
 */
export async function signStep(task) {
  let heads = task.shown.map(({ sha256 }) => sha256).join('.');
  for (let round = 1; ; round++) {
    try {
      return await signOnce(task, heads);
    } catch (error) {
      // Somebody else signed first. What they signed is checked below like everything else, so no need to ask again.
      if (error.code !== 'head_moved' || !error.heads || round === MAX_ROUNDS) throw error;
      heads = error.heads;
      task.tell(SIGNING.again, 0.1);
    }
  }
}

async function signOnce({ identity, urls, step, answer, shown, tell, commit, signal }, heads) {
  tell(SIGNING.preparing, 0.15);
  const { documents } = await post(urls.prepare, { step, heads, ...publicSide(identity) }, { signal });
  if (documents.length !== shown.length) throw new SignatureRefused('not_shown');
  const worker = new Worker(urls.worker, { type: 'module' });
  const signatures = [];
  try {
    for (const [index, item] of documents.entries()) {
      const part = (inside) => 0.2 + (0.6 * (index + inside)) / documents.length;
      tell(SIGNING.reading(item.name), part(0));
      const attributes = fromBase64(item.attributes);
      await checkDocument(worker, item, shown[index], attributes, signal, (inside) =>
        tell(SIGNING.reading(item.name), part(inside)),
      );
      tell(SIGNING.signing(item.name), part(0.9));
      signatures.push({ id: item.id, signature: toBase64(await identity.sign(attributes)) });
    }
  } finally {
    worker.terminate();
  }
  signal.throwIfAborted();
  commit();
  tell(SIGNING.finishing, 0.9);
  return post(urls.finish, { step, signatures, ...answer }, { decisive: true });
}

/** Refuse a document that does not continue what was shown, or whose digest is not the one to sign. */
async function checkDocument(worker, item, shown, attributes, signal, progress) {
  const found = await readDocument(worker, item, shown.size, signal, progress);
  if (hexadecimal(found.shown) !== shown.sha256) throw new SignatureRefused('not_shown');
  if (!isSame(found.digest, digestToSign(attributes))) throw new SignatureRefused('digest');
}

/** The one message digest inside the signed attributes (RFC 5652 §11.2). */
function digestToSign(bytes) {
  try {
    const attributes = read(bytes);
    const digests = attributes.children.filter((one) => one.child(0).oid === MESSAGE_DIGEST);
    if (attributes.tag === SET && attributes.raw.length === bytes.length && digests.length === 1) {
      const values = digests[0].child(1).children;
      if (values.length === 1) return values[0].octets;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new SignatureRefused('digest');
}

/** @returns {Promise<{digest: Uint8Array, shown: Uint8Array}>} */
function readDocument(worker, { url, start, end }, shownSize, signal, progress) {
  return new Promise((resolve, reject) => {
    const fail = (code) => reject(new SignatureRefused(code));
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    worker.onmessage = ({ data }) => {
      if (data.fault) fail(data.fault === 'document' ? 'digest' : 'network');
      else if (data.digest) resolve(data);
      else progress((0.9 * data.read) / Math.max(data.read, end));
    };
    worker.onerror = () => fail('network');
    worker.postMessage({ url: new URL(url, location.href).href, shownSize, start, end });
  });
}

const hexadecimal = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

const isSame = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
