// Opens key files with the reader of the page and signs with each: one line of JSON in, one line of JSON out.
//
// In: {path, password, data (base64)}. Out: {code} or {mechanism, certificate, chain, signature, milliseconds}.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { openIdentity } from '../../web/front/p12/identity.js';

const base64 = (bytes) => Buffer.from(bytes).toString('base64');

async function answer({ path, password, data }) {
  const bytes = new Uint8Array(await readFile(path));
  const start = performance.now();
  try {
    const identity = await openIdentity(bytes, password);
    const milliseconds = performance.now() - start;
    if (bytes.some((byte) => byte !== 0)) throw new Error('the bytes of the file are still in memory');
    return {
      mechanism: identity.mechanism,
      certificate: base64(identity.certificate),
      chain: identity.chain.map(base64),
      signature: base64(await identity.sign(Buffer.from(data, 'base64'))),
      milliseconds,
    };
  } catch (error) {
    if (!error.code || error.name !== 'KeyFileError') throw error;
    return { code: error.code, sentence: error.message, milliseconds: performance.now() - start };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}
