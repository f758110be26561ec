// The page's part of a signature: prepare, check the digest, sign, finish. No private key leaves this module's caller.
import { fromBase64, toBase64 } from './base64.js';
import { read } from './p12/der.js';

const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
/** How often to begin again when somebody else signed at the same time. */
const MAX_ROUNDS = 3;

/** A refusal that the person can understand; `code` comes from the server, with the new `heads` when they moved. */
export class SignatureRefused extends Error {
  constructor(code, sentence, heads) {
    super(sentence);
    this.code = code;
    this.heads = heads;
  }
}

/** POST JSON; throws SignatureRefused with the server's sentence. */
export async function post(url, body, signal) {
  let answer;
  try {
    answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      credentials: 'same-origin',
      body: JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new SignatureRefused('network', 'Le serveur ne répond pas. Le dossier n’a pas bougé ; recommencez dans un instant.');
  }
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    throw new SignatureRefused(
      data.code ?? 'server',
      data.sentence ?? 'Le serveur n’a pas pu répondre. Le dossier n’a pas bougé ; recommencez.',
      data.heads,
    );
  }
  return data;
}

/** The public side of an identity, as the server wants it. */
export function publicSide(identity) {
  return {
    certificate: toBase64(identity.certificate),
    chain: identity.chain.map(toBase64),
    mechanism: identity.mechanism,
  };
}

/**
 * Sign every document of a step. `tell` receives French progress sentences and a fraction between 0 and 1.
 * Returns the server's answer ({next}).
 */
export async function signStep({ identity, urls, step, head, tell, signal, workerUrl }) {
  for (let round = 1; ; round++) {
    try {
      return await signOnce({ identity, urls, step, head, tell, signal, workerUrl });
    } catch (error) {
      if (error.code !== 'head_moved' || !error.heads || round === MAX_ROUNDS) throw error;
      head = error.heads;
    }
  }
}

async function signOnce({ identity, urls, step, head, tell, signal, workerUrl }) {
  tell('Préparation du document…', 0.1);
  const { documents } = await post(urls.prepare, { step, heads: head, ...publicSide(identity) }, signal);
  const signatures = [];
  for (const [index, item] of documents.entries()) {
    tell(`Vérification de « ${item.name} »…`, 0.2 + (0.5 * index) / documents.length);
    const attributes = fromBase64(item.attributes);
    await checkDigest(item, attributes, workerUrl, signal);
    tell(`Signature de « ${item.name} »…`, 0.2 + (0.5 * (index + 1)) / documents.length);
    signatures.push({ id: item.id, signature: toBase64(await identity.sign(attributes)) });
  }
  signal.throwIfAborted();
  tell('Contrôle et enregistrement…', 0.85);
  return post(urls.finish, { step, signatures });
}

/** What is signed is what was prepared: compare the digest computed here with the one inside the attributes. */
async function checkDigest(item, attributes, workerUrl, signal) {
  const digest = await hash(item, workerUrl, signal);
  const attribute = read(attributes).children.find((one) => one.children[0].oid === MESSAGE_DIGEST);
  const announced = attribute?.children[1].children[0].octets;
  if (!announced || announced.length !== digest.length || announced.some((byte, at) => byte !== digest[at])) {
    throw new SignatureRefused(
      'digest',
      'Le document reçu n’est pas celui qu’on vous demande de signer. Rien n’a été signé ; prévenez l’administrateur.',
    );
  }
}

function hash({ url, start, end }, workerUrl, signal) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerUrl, { type: 'module' });
    const stop = (done, value) => {
      worker.terminate();
      done(value);
    };
    const failed = new SignatureRefused('network', 'Le document n’a pas pu être relu. Rien n’a été signé ; recommencez.');
    signal.addEventListener('abort', () => stop(reject, signal.reason), { once: true });
    worker.addEventListener('message', ({ data }) => (data.error ? stop(reject, failed) : stop(resolve, data.digest)));
    worker.addEventListener('error', () => stop(reject, failed));
    worker.postMessage({ url, start, end });
  });
}
