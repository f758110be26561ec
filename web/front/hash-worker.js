// Hashes the prepared document as it arrives, the hole left out, so that the page can check what it is about to sign.
import { sha256 } from '@noble/hashes/sha2.js';

self.addEventListener('message', async ({ data: { url, start, end } }) => {
  try {
    const answer = await fetch(url, { credentials: 'same-origin' });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const hash = sha256.create();
    const reader = answer.body.getReader();
    let at = 0;
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      const bytes = piece.value;
      const before = Math.max(0, Math.min(bytes.length, start - at));
      const after = Math.max(0, Math.min(bytes.length, end - at));
      if (before > 0) hash.update(bytes.subarray(0, before));
      if (after < bytes.length) hash.update(bytes.subarray(Math.max(before, after)));
      at += bytes.length;
    }
    self.postMessage({ digest: hash.digest(), size: at });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
});
