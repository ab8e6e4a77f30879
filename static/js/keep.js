/**
 * The last good feed, kept on this device, and the way a page gets the newest it can.
 *
 * With a service worker the answer of `fetch` may itself be a kept one; the worker stamps it with when it was fetched.
 * Without one (some WebViews) the copy in IndexedDB is used when the network fails.
 */

/** @typedef {{document: any, fetchedAt: number}} Kept a feed's document and when it left the server, Unix ms */

const STAMP = "X-Fetched-At";
const STORE = "feed";

/**
 * Return the feed of the page's `<link id="feed">` as `read` makes it of the document, and when it was fetched: fresh,
 * else kept by the service worker, else kept here. What `read` refuses (the page of a hotel's Wi-Fi, half an answer) is
 * neither shown nor kept. Throws if there is none at all.
 * @template Feed
 * @param {string} url
 * @param {(document: any) => Feed} read
 * @returns {Promise<{feed: Feed, fetchedAt: number}>}
 */
export async function latest(url, read) {
  try {
    const { document, ...found } = await asked(url, read);
    void save(document, found.fetchedAt);
    return found;
  } catch (problem) {
    const kept = await load();
    if (!kept) throw problem;
    return { feed: read(kept.document), fetchedAt: kept.fetchedAt };
  }
}

/**
 * Return a feed as `read` makes it of the document, and when it was fetched. Throws if none is to be had now.
 * @template Feed
 * @param {string} url
 * @param {(document: any) => Feed} read
 */
export async function asked(url, read) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  const document = await answer.json();
  return { document, feed: read(document), fetchedAt: Number(answer.headers.get(STAMP)) || Date.now() };
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
export function whenNewer(given) {
  listener = given;
  if (isNewer) given();
}

/**
 * Return the kept feed; null if there is none, or no place to keep one.
 * @returns {Promise<Kept | null>}
 */
export async function load() {
  try {
    const kept = await request("readonly", (store) => store.get(STORE));
    return kept ? { document: JSON.parse(kept.text), fetchedAt: kept.fetchedAt } : null;
  } catch {
    return null;
  }
}

/**
 * Keep a feed; where nothing can be kept, go on without.
 * @param {any} document
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
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest} act
 * @returns {Promise<any>}
 */
async function request(mode, act) {
  const opening = indexedDB.open("stationmap", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await done(opening);
  try {
    return await done(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

/**
 * @param {IDBRequest} asked
 * @returns {Promise<any>}
 */
function done(asked) {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

function idle() {
  return new Promise((resolve) => setTimeout(resolve, 2000));
}
