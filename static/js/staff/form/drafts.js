/**
 * What somebody typed and has not saved, kept on this device by station and account: for a session that ended, a tab that
 * was closed, a battery that was empty. It goes when it was saved or discarded, and after thirty days.
 */

import { areSame } from "./fields.js";

/** @typedef {import("./fields.js").Entry} Entry */
/** @typedef {{atMs: number, entries: Entry[]}} Draft */

const PREFIX = "stationmap.draft.";
const KEPT_MS = 30 * 24 * 3600 * 1000;
const MAX_CHARS = 200_000; // of a device's storage there is not much

/**
 * Return the draft of a station, null where there is none that says anything else than the form does.
 * @param {string} key
 * @param {readonly Entry[]} shown
 * @returns {Draft | null}
 */
export function draftOf(key, shown) {
  forgetOld();
  const found = read(PREFIX + key);
  return found && !areSame(found.entries, shown) ? found : null;
}

/**
 * Keep what a form says.
 * @param {string} key
 * @param {Entry[]} entries
 */
export function keepDraft(key, entries) {
  const text = JSON.stringify({ atMs: Date.now(), entries });
  try {
    if (text.length <= MAX_CHARS) localStorage.setItem(PREFIX + key, text);
  } catch {
    // Without storage, or where it is full, the page warns before it is left.
  }
}

/** @param {string} key */
export function forgetDraft(key) {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // There is none.
  }
}

/** Forget every draft on this device. */
export function forgetAll() {
  for (const name of names()) localStorage.removeItem(name);
}

/** How many drafts this device has. */
export function countOfDrafts() {
  return names().length;
}

function forgetOld() {
  for (const name of names()) {
    const found = read(name);
    if (!found || Date.now() - found.atMs > KEPT_MS) localStorage.removeItem(name);
  }
}

function names() {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
  } catch {
    return [];
  }
}

/**
 * @param {string} name
 * @returns {Draft | null}
 */
function read(name) {
  try {
    const { atMs, entries } = JSON.parse(localStorage.getItem(name) ?? "null");
    const isDraft = Array.isArray(entries) && entries.every((each) => Array.isArray(each) && each.length === 2);
    return isDraft && Number.isFinite(atMs) ? { atMs, entries } : null;
  } catch {
    return null;
  }
}
