// Reads a prepared document and hashes it as it arrives, away from the page so that the page stays alive.
//
// In: {url, shownSize, start, end}. Out: {read} while it goes, then {digest, shown}, or {fault: 'network' | 'document'}.
import { DocumentHash } from './document-hash.js';

/** How often progress is told, in bytes. */
const STEP = 4_000_000;

async function* piecesOf(url) {
  const answer = await fetch(url, { credentials: 'same-origin' });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  const reader = answer.body.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
}

self.addEventListener('message', async ({ data }) => {
  try {
    const hash = new DocumentHash(data);
    let read = 0;
    let told = 0;
    for await (const piece of piecesOf(data.url)) {
      hash.update(piece);
      read += piece.length;
      if (read - told < STEP) continue;
      told = read;
      self.postMessage({ read });
    }
    self.postMessage(hash.finish());
  } catch (error) {
    self.postMessage({ fault: error instanceof RangeError ? 'document' : 'network' });
  }
});
