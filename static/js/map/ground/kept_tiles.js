/**
 * Tiles kept on this device for when there is no network: of one build of the ground, at most so many bytes, those not
 * looked at for longest give way.
 *
 * The page keeps them, not its service worker: so they are kept from the first visit on, and where there is none.
 */

import { completed, done } from "../../shared/indexed_store.js";

const NAME = "stationmap-ground";
const MAX_BYTES = 20_000_000;
const WRITE_AFTER_MS = 500; // what comes together is written together

/**
 * @typedef {{size: number, used: number}} Fact of a tile: its bytes, and when it was looked at; 0 where it never was
 * @typedef {{build: string, total: number}} State whose tiles these are, and their bytes together
 */

export class KeptTiles {
  /** @param {string} build of the ground whose tiles these are */
  constructor(build) {
    this.build = build;
    /** Bytes that are kept. */
    this.total = 0;
    /** @type {Map<string, {bytes: ArrayBuffer | null, used: number}>} what is to be written; without bytes it was looked at */
    this.waiting = new Map();
    /** Whether what is kept is of this build. */
    this.isOurs = false;
    /** @type {Promise<IDBDatabase | null>} */
    this.database = opened()
      .then((database) => this.begin(database))
      .catch(() => null); // a browser that keeps nothing
  }

  /** @param {IDBDatabase} database */
  async begin(database) {
    const state = await done(database.transaction("state").objectStore("state").get(0));
    this.isOurs = state?.build === this.build;
    this.total = this.isOurs ? state.total : 0;
    return database;
  }

  /**
   * Return a tile that is kept, and note that it was looked at.
   * @param {string} key zoom/column/row
   * @returns {Promise<ArrayBuffer | undefined>}
   */
  async get(key) {
    const database = await this.database;
    const waits = this.waiting.get(key)?.bytes;
    if (waits || !database || !this.isOurs) return waits ?? undefined;
    try {
      /** @type {ArrayBuffer | undefined} */
      const bytes = await done(database.transaction("bytes").objectStore("bytes").get(key));
      if (bytes) this.later(key, null, Date.now());
      return bytes;
    } catch {
      return undefined;
    }
  }

  /**
   * Keep a tile; one that was not looked at is the first to give way.
   * @param {string} key
   * @param {ArrayBuffer} bytes
   * @param {{isSeen: boolean}} how
   */
  put(key, bytes, { isSeen }) {
    this.later(key, bytes, isSeen ? Date.now() : 0);
  }

  /** Return the keys of all that is kept. */
  async keys() {
    const database = await this.database;
    if (!database || !this.isOurs) return new Set();
    return new Set(await done(database.transaction("facts").objectStore("facts").getAllKeys()));
  }

  /**
   * @param {string} key
   * @param {ArrayBuffer | null} bytes
   * @param {number} used
   */
  later(key, bytes, used) {
    if (!this.waiting.size) setTimeout(() => void this.write().catch(() => null), WRITE_AFTER_MS);
    this.waiting.set(key, { bytes: bytes ?? this.waiting.get(key)?.bytes ?? null, used });
  }

  /** Write what waits, and let give way what is too much. */
  async write() {
    const database = await this.database;
    const waiting = this.waiting;
    this.waiting = new Map();
    if (!database) return;
    const transaction = database.transaction(["bytes", "facts", "state"], "readwrite");
    const [bytes, facts, state] = ["bytes", "facts", "state"].map((name) => transaction.objectStore(name));
    /** @type {State | undefined} */
    const was = await done(state.get(0));
    let total = was?.build === this.build ? was.total : 0;
    if (was && was.build !== this.build) for (const store of [bytes, facts]) store.clear();
    for (const [key, { bytes: written, used }] of waiting) {
      /** @type {Fact | undefined} */
      const fact = await done(facts.get(key));
      if (!written && !fact) continue; // it gave way meanwhile
      const size = written ? written.byteLength : (fact?.size ?? 0);
      if (written) bytes.put(written, key);
      facts.put({ size, used: Math.max(used, fact?.used ?? 0) }, key);
      total += size - (fact?.size ?? 0);
    }
    total = await shrunk(facts, bytes, total);
    state.put({ build: this.build, total }, 0);
    await completed(transaction);
    [this.total, this.isOurs] = [total, true];
  }
}

/**
 * Let tiles give way until what is kept is not too much; return its bytes.
 * @param {IDBObjectStore} facts
 * @param {IDBObjectStore} bytes
 * @param {number} total
 * @returns {Promise<number>}
 */
function shrunk(facts, bytes, total) {
  if (total <= MAX_BYTES) return Promise.resolve(total);
  return new Promise((resolve, reject) => {
    let left = total;
    const looking = facts.index("used").openCursor();
    looking.onerror = () => reject(looking.error);
    looking.onsuccess = () => {
      const found = looking.result;
      if (!found || left <= MAX_BYTES) return resolve(left);
      left -= found.value.size;
      bytes.delete(found.primaryKey);
      found.delete();
      found.continue();
    };
  });
}

/** @returns {Promise<IDBDatabase>} */
async function opened() {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => {
    for (const store of ["bytes", "state"]) opening.result.createObjectStore(store);
    opening.result.createObjectStore("facts").createIndex("used", "used");
  };
  const database = await done(opening);
  database.onversionchange = () => database.close(); // of a later version of this page
  return database;
}
