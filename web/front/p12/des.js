// Triple DES decryption (FIPS 46-3, NIST SP 800-67), for key files made before AES: WebCrypto does not have it.
//
// Tables are those of the standard, numbered from 1; the S-boxes and the permutation P are folded into one lookup.

const INITIAL = [
  58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24,
  16, 8, 57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31,
  23, 15, 7,
];
const P = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
];
const KEY_CHOICE_1 = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36, 63, 55, 47,
  39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];
const KEY_CHOICE_2 = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47, 55, 30, 40,
  51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const SHIFTS = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];
/** Each box as 4 rows of 16 hexadecimal digits. */
const BOXES = [
  'e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d',
  'f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9',
  'a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c',
  '7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e',
  '2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453',
  'c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d',
  '4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c',
  'd2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b',
];

/** Bit `number` (from 1, most significant first) of a byte array. */
const bit = (bytes, number) => (bytes[(number - 1) >> 3] >> (7 - ((number - 1) & 7))) & 1;

/** What six bits become through a box and P, as 32 bits. */
const SUBSTITUTED = BOXES.map((digits, box) =>
  Int32Array.from({ length: 64 }, (_, six) => {
    const row = ((six >> 4) & 2) | (six & 1);
    const four = parseInt(digits[16 * row + ((six >> 1) & 15)], 16);
    return P.reduce((word, from, to) => {
      const place = from - 1 - 4 * box;
      return place >= 0 && place < 4 ? word | (((four >> (3 - place)) & 1) << (31 - to)) : word;
    }, 0);
  }),
);

const rotated = (word, by) => (word << by) | (word >>> (32 - by));

/** Sixteen round keys of eight times six bits. */
function schedule(key) {
  const chosen = KEY_CHOICE_1.map((from) => bit(key, from));
  let left = chosen.slice(0, 28);
  let right = chosen.slice(28);
  return SHIFTS.map((shift) => {
    left = [...left.slice(shift), ...left.slice(0, shift)];
    right = [...right.slice(shift), ...right.slice(0, shift)];
    const both = [...left, ...right];
    const bits = KEY_CHOICE_2.map((from) => both[from - 1]);
    return Array.from({ length: 8 }, (_, box) => bits.slice(6 * box, 6 * box + 6).reduce((six, one) => (six << 1) | one));
  });
}

/** Sixteen rounds on two halves; gives them exchanged, as the next pass wants them. */
function rounds([left, right], roundKeys) {
  for (const keys of roundKeys) {
    let mixed = left;
    for (let box = 0; box < 8; box++) {
      const expanded = rotated(right, (4 * box + 5) & 31) & 63;
      mixed ^= SUBSTITUTED[box][expanded ^ keys[box]];
    }
    [left, right] = [right, mixed];
  }
  return [right, left];
}

/**
 * Decryption of one block under a key of 24 bytes (three keys) or 16 (the third is the first again).
 * @param {Uint8Array} key
 * @returns {(block: Uint8Array) => Uint8Array}
 */
export function tripleDes(key) {
  const encrypting = [0, 8, key.length === 16 ? 0 : 16].map((at) => schedule(key.subarray(at, at + 8)));
  const [first, second, third] = encrypting;
  const passes = [third.slice().reverse(), second, first.slice().reverse()];
  return (block) => {
    const halves = [0, 32].map((at) => INITIAL.slice(at, at + 32).reduce((word, from) => (word << 1) | bit(block, from), 0));
    const done = passes.reduce(rounds, halves);
    const bytes = new Uint8Array(8);
    // The final permutation is the inverse of the initial one.
    INITIAL.forEach((to, from) => {
      const value = (done[from >> 5] >>> (31 - (from & 31))) & 1;
      bytes[(to - 1) >> 3] |= value << (7 - ((to - 1) & 7));
    });
    return bytes;
  };
}
