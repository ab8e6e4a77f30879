/**
 * What reports leave on this phone: those that wait to be sent, the receipts of those that were, and the number by which
 * the server tells devices apart. In IndexedDB; where that is refused in local storage, else as long as the page.
 */

import { inStore } from "../shared/indexed_store.js";
import { LocalValue } from "../shared/local_value.js";
import { within } from "../rider/feed_cache.js";
import RULES from "../../rules.json" with { type: "json" };

/**
 * @typedef {object} ReportBody as the server takes it
 * @property {string} id
 * @property {string} station_id
 * @property {string} kind
 * @property {string} said_at ISO 8601; empty until it is sent for the first time
 * @property {string} device
 * @property {string[]} [details]
 * @property {string} [text]
 * @property {string} [contact]
 * @property {[number, number]} [point] WGS-84
 *
 * @typedef {object} Waiting
 * @property {ReportBody} body
 * @property {string} name of the station
 * @property {number} keptAt by the device's clock, Unix ms
 * @property {number} heldUntil something may be added until then, by the device's clock
 * @property {boolean} [isTakenBack] it may have been sent already: once the server has it, it is deleted there
 *
 * @typedef {object} Receipt
 * @property {string} id of the report
 * @property {string} code empty where the server never took it
 * @property {string} station_id
 * @property {string} name
 * @property {string} kind
 * @property {number} keptAt
 * @property {"sent" | "expired" | "refused"} became
 *
 * @typedef {object} OwnReports of a station that wait, its receipts, and those of other stations, the latest first
 * @property {readonly Waiting[]} waiting
 * @property {readonly Receipt[]} here
 * @property {readonly Receipt[]} elsewhere
 *
 * @typedef {{queue: Waiting[], receipts: Receipt[], device: string}} Values
 */

const DATABASE = "stationmap-reports";
const STORE = "kept";
/** @type {Values} */
const NOTHING = { queue: [], receipts: [], device: "" };
const KEYS = /** @type {(keyof Values)[]} */ (Object.keys(NOTHING));
const fallbacks = {
  queue: new LocalValue("stationmap.reports.queue", NOTHING.queue),
  receipts: new LocalValue("stationmap.reports.receipts", NOTHING.receipts),
  device: new LocalValue("stationmap.reports.device", NOTHING.device),
};
/** Set while something waits, for pages to see at once: without it they do not load the script of the form. */
const marker = new LocalValue("stationmap.reports.waiting", 0);

/** @type {Promise<boolean> | null} */
let databaseOpens = null;
let isLeft = false; // whether it failed after it had opened
/** @type {Promise<unknown>} changes follow one another */
let last = Promise.resolve();

/**
 * Return a value.
 * @template {keyof Values} Name
 * @param {Name} name
 * @returns {Promise<Values[Name]>}
 */
export async function kept(name) {
  await last;
  return value(name);
}

/**
 * Return what this phone reported, as it concerns a station.
 * @param {string} stationId
 * @returns {Promise<OwnReports>}
 */
export async function ownReports(stationId) {
  const [queue, receipts] = await Promise.all([kept("queue"), kept("receipts")]);
  return {
    waiting: queue.filter(({ body, isTakenBack }) => body.station_id === stationId && !isTakenBack),
    here: receipts.filter(({ station_id }) => station_id === stationId),
    elsewhere: receipts.filter(({ station_id, code }) => station_id !== stationId && code),
  };
}

/**
 * Let a value be what `change` makes of it, and return that.
 * @template {keyof Values} Name
 * @param {Name} name
 * @param {(value: Values[Name]) => Values[Name]} change
 * @returns {Promise<Values[Name]>}
 */
export function keep(name, change) {
  const changing = last.then(async () => {
    const next = await changed(name, change);
    if (name === "queue") mark(next.length);
    return next;
  });
  last = changing.catch(() => null);
  return changing;
}

/**
 * @template {keyof Values} Name
 * @param {Name} name
 * @param {(value: Values[Name]) => Values[Name]} change
 */
async function changed(name, change) {
  if (await hasDatabase()) {
    try {
      return await changeInDatabase(name, change);
    } catch {
      databaseOpens = Promise.resolve(false); // it is full, say: what it holds is for another page to send
      isLeft = true;
    }
  }
  return changeInStorage(name, change);
}

/**
 * In one transaction: another page of ours may be open.
 * @template {keyof Values} Name
 * @param {Name} name
 * @param {(value: Values[Name]) => Values[Name]} change
 */
async function changeInDatabase(name, change) {
  /** @type {Values[Name]} */
  let next = NOTHING[name];
  await inStore(DATABASE, STORE, "readwrite", (store) => {
    const asked = store.get(name);
    asked.addEventListener("success", () => {
      next = change(sound(name, asked.result));
      store.put(next, name);
    });
    return asked;
  });
  return next;
}

/**
 * @template {keyof Values} Name
 * @param {Name} name
 * @param {(value: Values[Name]) => Values[Name]} change
 */
function changeInStorage(name, change) {
  const fallback = /** @type {LocalValue<Values[Name]>} */ (/** @type {unknown} */ (fallbacks[name]));
  const next = change(sound(name, fallback.get()));
  fallback.set(next);
  return next;
}

/** Tell whether what is kept outlives the page. */
export async function isLasting() {
  return (await hasDatabase()) || KEYS.every((name) => fallbacks[name].isLasting);
}

/**
 * @template {keyof Values} Name
 * @param {Name} name
 * @returns {Promise<Values[Name]>}
 */
async function value(name) {
  const found = (await hasDatabase())
    ? await inStore(DATABASE, STORE, "readonly", (store) => store.get(name))
    : fallbacks[name].get();
  return sound(name, found);
}

/**
 * Return a value that was kept, and nothing in place of what can be none.
 * @template {keyof Values} Name
 * @param {Name} name
 * @param {unknown} found
 * @returns {Values[Name]}
 */
function sound(name, found) {
  const nothing = NOTHING[name];
  const isSound = typeof found === typeof nothing && Array.isArray(found) === Array.isArray(nothing);
  return isSound ? /** @type {Values[Name]} */ (found) : nothing;
}

/** Tell whether IndexedDB works; what local storage holds from a time when it did not moves there. */
function hasDatabase() {
  databaseOpens = databaseOpens ?? takeOver().catch(() => false);
  return databaseOpens;
}

async function takeOver() {
  const opened = inStore(DATABASE, STORE, "readonly", (store) => store.count());
  // Some browsers open no database after they have been closed in the middle of something, and do not say so.
  if ((await within(RULES.patience_ms, opened)) === null) return false;
  for (const name of KEYS) {
    const left = sound(name, fallbacks[name].get());
    if (!left.length) continue;
    const found = sound(name, await inStore(DATABASE, STORE, "readonly", (store) => store.get(name)));
    const next = typeof left === "string" ? found || left : [...found, ...left];
    await inStore(DATABASE, STORE, "readwrite", (store) => store.put(next, name));
    fallbacks[name].remove();
  }
  return true;
}

/** @param {number} count */
function mark(count) {
  if (count) marker.set(count);
  else if (!isLeft) marker.remove();
}
