/** Checks on the spot that wait on this phone until they are sent: each with the moment of its tap. */

import { LocalValue } from "../../shared/local_value.js";
import { answerWithin, jsonOf } from "../../shared/patient_request.js";

const KEY = "staff.visits";
const PATIENCE_MS = 20_000;

/**
 * @typedef {{visit: string, login: string}} Waiting `visit` is the id of a station and the moment, with a blank between
 * @typedef {"saved" | "proposed" | "known" | "gone" | "unreadable" | "old"} Outcome
 * @typedef {"sent" | "offline" | "signed_out" | "forbidden" | "stale"} Sending what became of an attempt to send
 */

/** @type {LocalValue<Waiting[]>} */
const kept = new LocalValue(KEY, []);

/**
 * Return what waits, of whoever: a phone may be shared.
 * @returns {Waiting[]}
 */
export function waiting() {
  const found = kept.get();
  return Array.isArray(found) ? found.filter((each) => typeof each?.visit === "string") : [];
}

/** @param {Waiting[]} visits */
function keep(visits) {
  if (visits.length) kept.set(visits);
  else kept.remove();
}

/**
 * Let a check wait to be sent.
 * @param {string} stationId
 * @param {string} login
 * @param {Date} at
 */
export function add(stationId, login, at) {
  const others = waiting().filter((each) => each.login !== login || idOf(each) !== stationId);
  keep([...others, { visit: `${stationId} ${at.toISOString()}`, login }]);
}

/** @param {Waiting} waiting */
export function idOf({ visit }) {
  return visit.slice(0, visit.indexOf(" "));
}

/**
 * Send what waits of somebody, and call back with what became of each. What the server does not answer for waits on.
 * @param {{url: string, csrf: string, login: string}} to
 * @param {(stationId: string, outcome: Outcome) => void} tell
 * @returns {Promise<Sending>}
 */
export async function send({ url, csrf, login }, tell) {
  const mine = waiting().filter((each) => each.login === login);
  if (!mine.length) return "sent";
  const answer = await ask(url, csrf, mine);
  if (answer === null) return "offline";
  if (answer.status === 401 || answer.redirected) return "signed_out";
  if (answer.status === 403) return "forbidden";
  if (answer.status === 400) return "stale";
  if (!answer.ok) return "offline";
  const became = await outcomesOf(answer);
  if (!became) return "offline";
  const isSent = (/** @type {Waiting} */ each) => each.login === login && Boolean(became[each.visit]);
  keep(waiting().filter((each) => !isSent(each)));
  for (const each of mine) if (became[each.visit]) tell(idOf(each), became[each.visit]);
  return "sent";
}

/**
 * @param {string} url
 * @param {string} csrf
 * @param {Waiting[]} visits
 */
function ask(url, csrf, visits) {
  const body = new URLSearchParams(visits.map(({ visit }) => ["visit", visit]));
  body.set("sent", new Date().toISOString()); // by the same clock, which may be wrong
  const headers = { Accept: "application/json", "X-CSRF-Token": csrf };
  return answerWithin(PATIENCE_MS, url, { method: "POST", body, headers });
}

/**
 * @param {Response} answer
 * @returns {Promise<Record<string, Outcome> | null>}
 */
async function outcomesOf(answer) {
  const known = /** @type {{visits?: Record<string, Outcome>} | null} */ (await jsonOf(answer));
  return known?.visits ?? null;
}
