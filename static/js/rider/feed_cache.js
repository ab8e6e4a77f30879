/**
 * The last good feed, kept on this device, and the way a page gets the newest it can.
 *
 * With a service worker the answer of `fetch` may itself be a kept one; the worker stamps it with when it was fetched.
 * Without one (some WebViews) the copy in IndexedDB is used when the network fails.
 */

import { learnServerTime, servedAtOf } from "../shared/clock.js";
import { inStore } from "../shared/indexed_store.js";
import RULES from "../../rules.json" with { type: "json" };

/**
 * @typedef {import("./feed.js").Feed} Feed
 * @typedef {{feed: Feed, fetchedAt: number}} FetchedFeed and when it left the server, Unix ms
 * @typedef {{document: unknown, fetchedAt: number}} CachedFeed as its document
 */

const STAMP = "X-Fetched-At";
const STORE = "feed";

/**
 * Return the feed of the page's `<link id="feed">` as `read` makes it of the document, and when it was fetched: fresh,
 * else kept by the service worker, else kept here. What `read` refuses (the page of a hotel's Wi-Fi, half an answer) is
 * neither shown nor kept; nor is what comes too late waited for where there is another. Throws if there is none at all.
 * @param {string} url
 * @param {(document: unknown, fetchedAt: number) => Feed} read
 * @returns {Promise<FetchedFeed>}
 */
export async function latestFeed(url, read) {
  if (tooLate) {
    const found = tooLate;
    tooLate = null;
    return found;
  }
  const asking = fetchFeed(url, read).then(({ document, ...found }) => {
    void save(document, found.fetchedAt);
    held = found;
    return found;
  });
  const first = await within(RULES.patience_ms, asking);
  const known = first ?? (await cachedFeed(read));
  if (!known) return asking;
  if (!first) asking.then(noteLate, () => null);
  return known;
}

/** @type {FetchedFeed | null} the last feed of the server that came after another was shown, until it is taken */
let tooLate = null;
/** @type {FetchedFeed | null} the last feed of the server, for devices that keep nothing */
let held = null;

/** @param {FetchedFeed} found */
function noteLate(found) {
  tooLate = found;
  isNewer = true;
  listener?.();
}

/**
 * Return the feed this page has or the device has kept, as `read` makes it of the document; null if there is none.
 * @param {(document: unknown, fetchedAt: number) => Feed} read
 * @returns {Promise<FetchedFeed | null>}
 */
export async function cachedFeed(read) {
  if (held) return held;
  const found = await load();
  return found && { feed: read(found.document, found.fetchedAt), fetchedAt: found.fetchedAt };
}

/**
 * Return what is promised if it comes in time; null if it does not, or fails.
 * @template Result
 * @param {number} ms
 * @param {Promise<Result>} promised
 * @returns {Promise<Result | null>}
 */
export function within(ms, promised) {
  return Promise.race([promised.catch(() => null), new Promise((resolve) => setTimeout(resolve, ms, null))]);
}

/**
 * Return a feed as `read` makes it of the document, and when it was fetched. Throws if none is to be had now.
 * @param {string} url
 * @param {(document: unknown, fetchedAt: number) => Feed} read
 */
export async function fetchFeed(url, read) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(url);
  // Half of one that a proxy cut and the browser kept would be confirmed as the newest for ever.
  const document = await answer.json().catch(async () => (await fetch(url, { cache: "reload" })).json());
  const keptAt = Number(answer.headers.get(STAMP));
  if (keptAt) void askTime(url).catch(() => null);
  else learnServerTime(servedAtOf(answer.headers), Date.now());
  const fetchedAt = keptAt || Date.now();
  return { document, feed: read(document, fetchedAt), fetchedAt };
}

/**
 * Ask the server itself what time it is, past a worker that answers with what it has kept.
 * @param {string} url
 */
async function askTime(url) {
  const { ok, headers } = await fetch(url, { method: "HEAD", cache: "no-store" });
  if (ok) learnServerTime(servedAtOf(headers), Date.now());
}

/** @type {(() => void) | null} */
let listener = null;
let isNewer = false; // the worker may be quicker than the page is ready to hear it

navigator.serviceWorker?.addEventListener("message", ({ data }) => {
  if (data !== "feed") return;
  isNewer = true;
  listener?.();
});

/**
 * Call back when the service worker, after answering with a kept feed, has fetched another or made sure that it is
 * still the newest: `latest` then returns that one.
 * @param {() => void} given
 */
export function onNewerFeed(given) {
  listener = given;
  if (isNewer) given();
}

/**
 * Return the kept feed; null if there is none, or no place to keep one.
 * @returns {Promise<CachedFeed | null>}
 */
async function load() {
  try {
    // Some browsers open no database after they have been closed in the middle of something, and do not say so.
    /** @type {{text: string, fetchedAt: number} | null | undefined} */
    const found = await within(
      RULES.patience_ms,
      request("readonly", (store) => store.get(STORE)),
    );
    return found ? { document: JSON.parse(found.text), fetchedAt: found.fetchedAt } : null;
  } catch {
    return null;
  }
}

/**
 * Keep a feed; where nothing can be kept, go on without.
 * @param {unknown} document
 * @param {number} fetchedAt
 */
async function save(document, fetchedAt) {
  try {
    // As text: a structured clone of twenty thousand stations would hold up the first answer.
    await idle();
    const text = JSON.stringify(document);
    await request("readwrite", (store) => store.put({ text, fetchedAt }, STORE));
  } catch {
    // Private windows and full disks refuse; the page works all the same.
  }
}

/**
 * @template Result
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<Result>} act
 * @returns {Promise<Result>}
 */
function request(mode, act) {
  return inStore("stationmap", STORE, mode, act);
}

function idle() {
  return new Promise((resolve) => setTimeout(resolve, 2000));
}
