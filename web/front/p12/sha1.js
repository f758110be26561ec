// SHA-1 (FIPS 180-4), only for opening key files made with the older schemes of PKCS#12.
//
// WebCrypto has it, but one asynchronous call per round takes 10 s for the 50 000 rounds of a Java key store.

const BLOCK = 64;
const START = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0];
const words = new Int32Array(80);

/** One block, held in the first sixteen words, into the state. */
function compress(state) {
  for (let i = 16; i < 80; i++) {
    const mixed = words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16];
    words[i] = (mixed << 1) | (mixed >>> 31);
  }
  let [a, b, c, d, e] = state;
  for (let i = 0; i < 80; i++) {
    let f;
    if (i < 20) f = ((b & c) | (~b & d)) + 0x5a827999;
    else if (i < 40) f = (b ^ c ^ d) + 0x6ed9eba1;
    else if (i < 60) f = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    else f = (b ^ c ^ d) + 0xca62c1d6;
    const next = (((a << 5) | (a >>> 27)) + f + e + words[i]) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}

function digest(message) {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / BLOCK) * BLOCK);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, message.length * 8);
  const state = Int32Array.from(START);
  for (let at = 0; at < padded.length; at += BLOCK) {
    for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + 4 * i);
    compress(state);
  }
  return state;
}

/**
 * SHA-1 applied `rounds` times, each round to the digest of the one before.
 * @param {Uint8Array} message
 * @param {number} [rounds] at least 1
 * @returns {Uint8Array} 20 bytes
 */
export function sha1(message, rounds = 1) {
  const state = digest(message);
  for (let round = 1; round < rounds; round++) {
    // A digest of 160 bits fills one block with its padding: no bytes need be written.
    words.fill(0, 5, 16);
    words.set(state);
    words[5] = 0x80000000 | 0;
    words[15] = 160;
    state.set(START);
    compress(state);
  }
  words.fill(0);
  const out = new DataView(new ArrayBuffer(20));
  state.forEach((word, i) => out.setInt32(4 * i, word));
  return new Uint8Array(out.buffer);
}
