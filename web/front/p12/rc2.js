// RC2 decryption (RFC 2268), for the certificates of old exports: WebCrypto does not have it.

/** Pseudo-random bytes made from the digits of pi (RFC 2268 §2). */
const PI = Uint8Array.from(
  (
    'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32' +
    'bd8f40eb86b77b0bf09521225c6b4e8254d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626' +
    '6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed708e8eade8052eef784aa72ac354d6a2a' +
    '961ad2715a1549744b9fd05e0418a4ecc2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2e' +
    'c5f3db47e5a59c770aa62068fe7fc1ad'
  ).match(/../g),
  (digits) => parseInt(digits, 16),
);
const SHIFTS = [1, 2, 3, 5];

/** Sixty-four words out of the key; its effective length is its whole length (RFC 2268 §2). */
function expand(key) {
  const bytes = new Uint8Array(128);
  bytes.set(key);
  for (let at = key.length; at < 128; at++) bytes[at] = PI[(bytes[at - 1] + bytes[at - key.length]) & 0xff];
  bytes[128 - key.length] = PI[bytes[128 - key.length]];
  for (let at = 127 - key.length; at >= 0; at--) bytes[at] = PI[bytes[at + 1] ^ bytes[at + key.length]];
  return Uint16Array.from({ length: 64 }, (_, at) => bytes[2 * at] | (bytes[2 * at + 1] << 8));
}

/**
 * Decryption of one block of 8 bytes.
 * @param {Uint8Array} key 5 bytes (RC2-40) or 16 (RC2-128)
 * @returns {(block: Uint8Array) => Uint8Array}
 */
export function rc2(key) {
  const words = expand(key);
  return (block) => {
    const r = Uint16Array.from({ length: 4 }, (_, at) => block[2 * at] | (block[2 * at + 1] << 8));
    let next = 63;
    const mix = () => {
      for (let i = 3; i >= 0; i--) {
        r[i] = (r[i] >>> SHIFTS[i]) | (r[i] << (16 - SHIFTS[i]));
        const [last, third, second] = [r[(i + 3) & 3], r[(i + 2) & 3], r[(i + 1) & 3]];
        r[i] -= words[next--] + (last & third) + (~last & second);
      }
    };
    const mash = () => {
      for (let i = 3; i >= 0; i--) r[i] -= words[r[(i + 3) & 3] & 63];
    };
    // RFC 2268 §4: five rounds, a mash, six rounds, a mash, five rounds, in reverse.
    for (const [index, count] of [5, 6, 5].entries()) {
      if (index > 0) mash();
      for (let round = 0; round < count; round++) mix();
    }
    return Uint8Array.from({ length: 8 }, (_, at) => (r[at >> 1] >> (8 * (at & 1))) & 0xff);
  };
}
