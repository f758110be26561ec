// The parts of the key file reader against published vectors and hostile bytes. Run by test_front_p12.py.
import assert from 'node:assert/strict';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { DocumentHash } from '../../web/front/document-hash.js';
import { decryptCbc } from '../../web/front/p12/cbc.js';
import { concat, encode, read } from '../../web/front/p12/der.js';
import { tripleDes } from '../../web/front/p12/des.js';
import { KeyFileError, SENTENCES } from '../../web/front/p12/errors.js';
import { derSignature, openIdentity } from '../../web/front/p12/identity.js';
import { derive } from '../../web/front/p12/kdf.js';
import { forms } from '../../web/front/p12/passwords.js';
import { rc2 } from '../../web/front/p12/rc2.js';
import { sha1 } from '../../web/front/p12/sha1.js';

const hex = (text) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const toHex = (bytes) => Buffer.from(bytes).toString('hex');

/** Numbers that look random and are the same at every run. */
function* numbers(seed) {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

test('SHA-1 as Node has it, at every length around a block, and repeated', () => {
  for (let length = 0; length < 200; length++) {
    const message = randomBytes(length);
    assert.equal(toHex(sha1(message)), createHash('sha1').update(message).digest('hex'));
  }
  let expected = Buffer.from('abc');
  for (let round = 0; round < 1000; round++) expected = createHash('sha1').update(expected).digest();
  assert.equal(toHex(sha1(Buffer.from('abc'), 1000)), expected.toString('hex'));
});

test('triple DES: the example of NIST SP 800-67, and what OpenSSL encrypts with three keys and two', () => {
  const key = hex('0123456789ABCDEF 23456789ABCDEF01 456789ABCDEF0123');
  assert.equal(toHex(tripleDes(key)(hex('A826FD8CE53B855F'))), toHex(Buffer.from('The qufc')));
  for (const size of [24, 16]) {
    const [secret, vector, plain] = [randomBytes(size), randomBytes(8), randomBytes(1000)];
    const cipher = createCipheriv(size === 24 ? 'des-ede3-cbc' : 'des-ede-cbc', secret, vector);
    const encrypted = concat([cipher.update(plain), cipher.final()]);
    assert.deepEqual(Buffer.from(decryptCbc(tripleDes(secret), encrypted, vector)), plain);
  }
});

test('RC2: the vectors of RFC 2268 whose effective length is that of the key', () => {
  assert.equal(toHex(rc2(hex('ffffffffffffffff'))(hex('278b27e42e2f0d49'))), 'ffffffffffffffff');
  assert.equal(toHex(rc2(hex('3000000000000000'))(hex('30649edf9be7d2c2'))), '1000000000000001');
  assert.equal(toHex(rc2(hex('88bca90e90875a7f0f79c384627bafb2'))(hex('2269552ab0f85ca6'))), '0000000000000000');
});

test('derivation of RFC 7292: known values for the password « smeg »', () => {
  const password = hex('0073006D006500670000');
  assert.equal(toHex(derive(1, password, hex('0A58CF64530D823F'), 1, 24)), '8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3');
  assert.equal(toHex(derive(2, password, hex('0A58CF64530D823F'), 1, 8)), '79993dfe048d3b76');
  const long = hex('007100750065006500670000');
  assert.equal(toHex(derive(1, long, hex('1682C0FC5B3F7EC5'), 1000, 24)), '483dd6e919d7de2e8e648ba8f862f3fbfbdc2bcb2c02957f');
});

test('passwords: one form in ASCII, more with accents, two for none', () => {
  assert.equal(forms('secret').length, 1);
  assert.equal(toHex(forms('é')[0].wide), '00e90000');
  assert.equal(toHex(forms('e\u0301')[0].plain), 'c3a9');
  assert.ok(forms('é').some(({ wide }) => toHex(wide) === '00c300a90000'));
  assert.ok(forms('é').some(({ plain }) => toHex(plain) === 'e9'));
  assert.deepEqual(forms('').map(({ wide }) => wide.length), [2, 0]);
  assert.ok(forms('œ€').every(({ plain }) => plain.length > 2));
});

test('CBC: padding that is none is a wrong password', () => {
  const cipher = createCipheriv('des-ede3-cbc', Buffer.alloc(24, 1), Buffer.alloc(8)).setAutoPadding(false);
  const encrypted = concat([cipher.update(Buffer.from('0000000000000009', 'hex')), cipher.final()]);
  assert.throws(() => decryptCbc(tripleDes(new Uint8Array(24).fill(1)), encrypted, new Uint8Array(8)), { code: 'wrong_password' });
  assert.throws(() => decryptCbc(tripleDes(new Uint8Array(24)), new Uint8Array(7), new Uint8Array(8)), RangeError);
});

test('DER: identifiers, numbers, indefinite lengths, strings in pieces', () => {
  assert.equal(read(hex('06 09 2a864886f70d010701')).oid, '1.2.840.113549.1.7.1');
  assert.equal(read(hex('06 03 883703')).oid, '2.999.3');
  assert.equal(read(hex('02 03 0927c0')).number, 600_000);
  const pieces = read(hex('24 80 04 02 0102 24 80 04 01 03 0000 04 00 0000'));
  assert.equal(toHex(pieces.octets), '010203');
  assert.equal(toHex(encode(0x30, new Uint8Array(200)).subarray(0, 3)), '3081c8');
  assert.equal(toHex(encode(0x30, new Uint8Array(300)).subarray(0, 4)), '3082012c');
});

test('DER: what is cut, too long or too deep is refused', () => {
  for (const bad of ['', '30', '3005', '30 84 ffffffff', '30 85 0000000001 00', '30 80 02 01 01', '04 80 0000', '30 81']) {
    assert.throws(() => read(hex(bad)), RangeError, bad);
  }
  assert.throws(() => read(hex('30 80'.repeat(50))), RangeError);
  assert.throws(() => read(hex('30 00')).child(0), RangeError);
  const deep = hex('24 80'.repeat(39) + '0000'.repeat(39));
  assert.equal(read(deep).octets.length, 0);
});

test('ECDSA: r‖s becomes a sequence of two positive integers', () => {
  const signature = new Uint8Array(64);
  signature.set([0x80], 0);
  signature.set([0, 0, 0x7f], 32);
  const [r, s] = read(derSignature(signature)).children;
  assert.equal(r.body.length, 33);
  assert.equal(r.body[0], 0);
  assert.equal(s.body[0], 0x7f);
  assert.equal(toHex(derSignature(new Uint8Array(64))), '3006020100020100');
});

test('every sentence is French, with its spaces', () => {
  for (const [code, sentence] of Object.entries(SENTENCES)) {
    assert.doesNotMatch(sentence, /'| [;:?!]/, code);
    assert.match(sentence, /\.$/, code);
  }
});

test('hostile bytes: always one of our refusals, quickly', { timeout: 60_000 }, async () => {
  const random = numbers(7);
  const next = (below) => random.next().value % below;
  const shapes = [0x30, 0x04, 0x24, 0x31, 0xa0, 0x02, 0x06, 0x80, 0x00];
  const start = performance.now();
  for (let turn = 0; turn < 3000; turn++) {
    const bytes = Uint8Array.from({ length: next(400) }, () => (next(2) ? shapes[next(shapes.length)] : next(256)));
    bytes.set(Uint8Array.of(0x30, 0x80).subarray(0, bytes.length));
    await assert.rejects(openIdentity(bytes, 'x'), KeyFileError);
  }
  const nested = new Uint8Array(1_900_000).fill(0x30);
  await assert.rejects(openIdentity(nested, 'x'), { code: 'not_a_p12' });
  const pairs = concat(Array(60_000).fill(hex('24 80')));
  await assert.rejects(openIdentity(pairs, 'x'), { code: 'not_a_p12' });
  await assert.rejects(openIdentity(new Uint8Array(2_000_001), 'x'), { code: 'not_a_p12' });
  assert.ok(performance.now() - start < 30_000);
});

test('PBKDF2 with an absurd number of rounds is refused at once', async () => {
  const oid = (...bytes) => encode(0x06, Uint8Array.from(bytes));
  const data = oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01);
  const parameters = encode(0x30, encode(0x04, randomBytes(8)), encode(0x02, hex('7fffffff')));
  const derivation = encode(0x30, oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c), parameters);
  const cipher = encode(0x30, oid(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a), encode(0x04, randomBytes(16)));
  const pbes2 = oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d);
  const key = encode(0x30, encode(0x30, pbes2, encode(0x30, derivation, cipher)), encode(0x04, randomBytes(32)));
  const kind = oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x02);
  const bags = encode(0x30, encode(0x30, kind, encode(0xa0, key)));
  const part = encode(0x30, data, encode(0xa0, encode(0x04, bags)));
  const safe = encode(0x30, data, encode(0xa0, encode(0x04, encode(0x30, part))));
  await assert.rejects(openIdentity(encode(0x30, hex('020103'), safe), 'x'), { code: 'unsupported' });
});

test('the hash of a prepared document leaves the hole out, however the pieces fall', () => {
  const [shown, tail, end] = [randomBytes(5000), Buffer.from('\n7 0 obj /Contents '), Buffer.from(' >>\n%%EOF\n')];
  const hole = Buffer.from(`<${'0'.repeat(700)}>`);
  const whole = Buffer.concat([shown, tail, hole, end]);
  const start = shown.length + tail.length;
  const plan = { shownSize: shown.length, start, end: start + hole.length };
  const expected = createHash('sha256').update(Buffer.concat([shown, tail, end])).digest('hex');
  for (const size of [1, 7, 700, 4096, 5000, whole.length]) {
    const hash = new DocumentHash(plan);
    for (let at = 0; at < whole.length; at += size) hash.update(whole.subarray(at, at + size));
    const found = hash.finish();
    assert.equal(toHex(found.digest), expected, `pieces of ${size}`);
    assert.equal(toHex(found.shown), createHash('sha256').update(shown).digest('hex'));
  }
  const filled = new DocumentHash(plan);
  whole[start + 5] = 'x'.charCodeAt(0);
  assert.throws(() => filled.update(whole), RangeError);
  assert.throws(() => new DocumentHash({ ...plan, shownSize: start + 1 }), RangeError);
  const cut = new DocumentHash(plan);
  cut.update(shown);
  assert.throws(() => cut.finish(), RangeError);
});
