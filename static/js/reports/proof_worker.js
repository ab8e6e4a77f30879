/**
 * A worker that finds the number a challenge of altcha hides: PBKDF2 with SHA-256 over a nonce and one number after the
 * other, until the key begins as it should. The browser does that for pages that came safely, in altcha's own script;
 * for those that came by http, where it lends nobody its cryptography, this does the same by itself.
 *
 * @typedef {{nonce: string, salt: string, cost: number, keyPrefix: string}} ProofParameters
 */

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
const ROUND_CONSTANTS = fractions(64, 1 / 3);
/** Those of the square roots of the first eight (5.3.3). */
const INITIAL = fractions(8, 1 / 2);
const BLOCK_OCTETS = 64;
const schedule = new Int32Array(64);

/**
 * @param {number} count
 * @param {number} power
 */
function fractions(count, power) {
  const found = new Int32Array(count);
  for (let number = 2, at = 0; at < count; number++) {
    let divisor = 2;
    while (divisor * divisor <= number && number % divisor) divisor++;
    if (divisor * divisor > number) found[at++] = ((number ** power % 1) * 2 ** 32) | 0;
  }
  return found;
}

/**
 * Take sixteen words into a state of SHA-256 (6.2.2).
 * @param {Int32Array} state
 * @param {Int32Array} words
 */
function compress(state, words) {
  schedule.set(words);
  for (let t = 16; t < 64; t++) {
    const x = schedule[t - 15];
    const y = schedule[t - 2];
    const low = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const high = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    schedule[t] = (low + high + schedule[t - 7] + schedule[t - 16]) | 0;
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let t = 0; t < 64; t++) {
    const mix = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const first = (h + mix + ((e & f) ^ (~e & g)) + ROUND_CONSTANTS[t] + schedule[t]) | 0;
    const turn = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const second = (turn + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

/**
 * Return a block that ends a message of which `before` octets were taken in already.
 * @param {Uint8Array} octets at most 55
 * @param {number} before
 */
function lastBlock(octets, before) {
  const block = new Uint8Array(BLOCK_OCTETS);
  block.set(octets);
  block[octets.length] = 0x80;
  const view = new DataView(block.buffer);
  view.setUint32(60, (before + octets.length) * 8);
  return Int32Array.from({ length: 16 }, (_, at) => view.getInt32(at * 4));
}

/**
 * Return the state of SHA-256 after a key, mixed with one octet again and again (RFC 2104).
 * @param {Uint8Array} key at most 64 octets
 * @param {number} mixed
 */
function keyedState(key, mixed) {
  const words = new Int32Array(16);
  for (let at = 0; at < BLOCK_OCTETS; at++) words[at >> 2] |= ((key[at] ?? 0) ^ mixed) << (24 - 8 * (at & 3));
  const state = Int32Array.from(INITIAL);
  compress(state, words);
  return state;
}

/**
 * Return 32 octets of PBKDF2 with HMAC and SHA-256 (RFC 8018), in hexadecimal.
 * @param {Uint8Array} password at most 64 octets
 * @param {Uint8Array} salt at most 51 octets
 * @param {number} cost
 */
function derivedKey(password, salt, cost) {
  const inner = keyedState(password, 0x36);
  const outer = keyedState(password, 0x5c);
  const first = new Uint8Array(salt.length + 4);
  first.set(salt);
  first[salt.length + 3] = 1;
  const state = new Int32Array(8);
  const block = lastBlock(new Uint8Array(32), BLOCK_OCTETS);
  const key = new Int32Array(8);
  for (let round = 0; round < cost; round++) {
    state.set(inner);
    compress(state, round ? block : lastBlock(first, BLOCK_OCTETS));
    block.set(state);
    state.set(outer);
    compress(state, block);
    block.set(state);
    for (let at = 0; at < 8; at++) key[at] ^= state[at];
  }
  return Array.from(key, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** @param {string} hex */
const octetsOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** @param {ProofParameters} parameters */
function solution({ nonce, salt, cost, keyPrefix }) {
  const fixed = octetsOf(nonce);
  const password = new Uint8Array(fixed.length + 4);
  password.set(fixed);
  const counted = new DataView(password.buffer);
  for (let counter = 0; ; counter++) {
    counted.setUint32(fixed.length, counter);
    const key = derivedKey(password, octetsOf(salt), cost);
    if (key.startsWith(keyPrefix)) return { counter, derivedKey: key };
  }
}

if (globalThis.crypto?.subtle) importScripts("../../vendor/altcha/pbkdf2.js");
else {
  addEventListener("message", ({ data }) => {
    if (data.type === "work") postMessage(solution(data.challenge.parameters));
  });
}
