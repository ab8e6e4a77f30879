/**
 * Reports on their way: each waits on this phone with the moment of its tap and is sent when there is a network, one after
 * another. What the server took has a receipt; what it refused, or nobody could take for a week, is said to be so.
 */

import { aheadMs } from "../shared/clock.js";
import { DAY_MS } from "../shared/time_units.js";
import { keep, kept } from "./kept.js";
import { randomId } from "./random_ids.js";
import { send, takeBack } from "./sending.js";

/**
 * @typedef {import("./kept.js").Waiting} Waiting
 * @typedef {import("./kept.js").Receipt} Receipt
 * @typedef {{receipt: Receipt, answer?: unknown}} Outcome
 */

export const MAX_WAITING = 20;
export const MAX_WAIT_MS = 7 * DAY_MS;
const MAX_RECEIPTS = 50;
const RECEIPT_MS = 180 * DAY_MS; // by then the server has deleted the report
const AGAIN_MS = 60_000;
/** So long a report may be held for more to be said; longer only where the device's clock was put back meanwhile. */
export const MAX_HOLD_MS = 120_000;

/**
 * Let a report wait to be sent; null where too many do.
 * @param {{station_id: string, kind: string, name: string, text?: string, contact?: string}} said
 * @param {number} holdMs how long something may be added
 * @returns {Promise<Waiting | null>}
 */
export async function add({ name, ...said }, holdMs) {
  const device = await keep("device", (known) => known || randomId());
  const at = Date.now();
  const body = { id: randomId(), ...said, said_at: "", device };
  const waiting = { body, name, keptAt: at, heldUntil: at + holdMs };
  const queue = await keep("queue", (before) => (before.length < MAX_WAITING ? [...before, waiting] : before));
  return queue.some((each) => each.body.id === body.id) ? waiting : null;
}

/**
 * Add to a report that was not sent yet; false where it was.
 * @param {string} id
 * @param {Partial<import("./kept.js").ReportBody>} more
 * @param {number} holdMs
 */
export async function amend(id, more, holdMs) {
  let isThere = false;
  await keep("queue", (before) =>
    before.map((each) => {
      if (each.body.id !== id || each.body.said_at) return each;
      isThere = true;
      return { ...each, body: { ...each.body, ...more }, heldUntil: Date.now() + holdMs };
    }),
  );
  return isThere;
}

/**
 * Take back a report that waits. One that may have reached the server is deleted there as soon as it answers.
 * @param {string} id
 */
export function drop(id) {
  return keep("queue", (before) =>
    before
      .filter(({ body }) => body.id !== id || body.said_at)
      .map((each) => (each.body.id === id ? { ...each, isTakenBack: true } : each)),
  );
}

/** @type {Promise<number> | null} the attempt under way */
let flushing = null;
/** @type {Promise<number> | null} the one after it */
let next = null;

/**
 * Send what waits, in the order of the taps, and call back with what became of each. What the server does not answer for
 * waits on. Return after how long to try again, ms; 0 where nothing waits.
 * @param {string} url
 * @param {(outcome: Outcome) => void} tell
 */
export function flush(url, tell) {
  // What came after the one under way looked at the queue is for another.
  next = next ?? (flushing ?? Promise.resolve()).catch(() => 0).then(() => begin(url, tell));
  return next;
}

/**
 * @param {string} url
 * @param {(outcome: Outcome) => void} tell
 */
function begin(url, tell) {
  next = null;
  flushing = sendAll(url, tell);
  return flushing;
}

/**
 * @param {string} url
 * @param {(outcome: Outcome) => void} tell
 */
async function sendAll(url, tell) {
  await dropOld(tell);
  /** @type {Map<string, number>} reports that the server does not take yet, and after how long to try again, ms */
  const later = new Map();
  for (;;) {
    const queue = await kept("queue");
    const at = Date.now();
    const pauses = queue.map((each) => later.get(each.body.id) ?? holdMs(each, at));
    const first = queue[pauses.indexOf(0)];
    if (!first) return queue.length ? Math.max(1, Math.min(...pauses)) : 0;
    const body = await stamped(first);
    if (!body) continue; // taken back meanwhile
    const sending = await send(url, body);
    if (sending.became === "waits") {
      const againMs = sending.againMs || AGAIN_MS;
      if (!sending.isOnlyThis) return againMs;
      later.set(body.id, againMs);
      continue;
    }
    // Whether the rider takes it back may have changed meanwhile.
    const settled = (await kept("queue")).find(({ body: { id } }) => id === body.id) ?? first;
    if (settled.isTakenBack && sending.code && !(await takeBack(url, sending.code))) return AGAIN_MS;
    await settle(settled, sending, tell);
  }
}

/**
 * Return how long a report is still held, ms.
 * @param {Waiting} waiting
 * @param {number} at
 */
function holdMs({ heldUntil }, at) {
  const left = heldUntil - at;
  return left > 0 && left <= MAX_HOLD_MS ? left : 0;
}

/**
 * Return a report with its moment by the server's clock, which stays what it was when it was sent first: the same report
 * has to come again as the same. Nothing where it does not wait any more.
 * @param {Waiting} waiting
 */
async function stamped({ body, keptAt }) {
  const said_at = new Date(keptAt - aheadMs()).toISOString();
  const stamp = (/** @type {Waiting} */ each) =>
    each.body.id === body.id && !each.body.said_at ? { ...each, body: { ...each.body, said_at } } : each;
  const queue = await keep("queue", (before) => before.map(stamp));
  return queue.find((each) => each.body.id === body.id)?.body;
}

/**
 * @param {Waiting} waiting
 * @param {import("./sending.js").Sending} sending
 * @param {(outcome: Outcome) => void} tell
 */
async function settle({ body, name, keptAt, isTakenBack }, { became, code = "", answer }, tell) {
  const { id, station_id, kind } = body;
  if (isTakenBack) return forget(id);
  await note(
    { id, code, station_id, name, kind, keptAt, became: became === "sent" ? "sent" : "refused" },
    tell,
    answer,
  );
}

/** @param {(outcome: Outcome) => void} tell */
async function dropOld(tell) {
  const before = Date.now() - MAX_WAIT_MS;
  for (const { body, name, keptAt, isTakenBack } of await kept("queue"))
    if (keptAt < before) {
      const { id, station_id, kind } = body;
      if (isTakenBack) await forget(id);
      else await note({ id, code: "", station_id, name, kind, keptAt, became: "expired" }, tell);
    }
}

/**
 * Keep what became of a report, then forget that it waits: ended in between, it is sent again, which is harmless.
 * @param {Receipt} receipt
 * @param {(outcome: Outcome) => void} tell
 * @param {unknown} [answer]
 */
async function note(receipt, tell, answer) {
  const since = Date.now() - RECEIPT_MS;
  await keep("receipts", (known) =>
    [receipt, ...known.filter(({ id, keptAt }) => id !== receipt.id && keptAt > since)].slice(0, MAX_RECEIPTS),
  );
  await keep("queue", (known) => known.filter(({ body }) => body.id !== receipt.id));
  tell({ receipt, answer });
}

/**
 * Forget a report that was taken back.
 * @param {string} id
 */
export async function forget(id) {
  await keep("receipts", (known) => known.filter((receipt) => receipt.id !== id));
  await keep("queue", (known) => known.filter(({ body }) => body.id !== id));
}
