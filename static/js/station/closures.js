/** Temporary closures as the feed tells them: whole days of the stations' zone, both included, or moments. */

import { DAY_MS, ZONE_MS } from "../shared/time_units.js";

/** @typedef {[from: string, to: string | null, reason: string]} Closure no end means that none is known */

/**
 * Return the closures that are not over.
 * @param {readonly Closure[]} closures
 * @param {number} atMs
 */
export function closuresLeft(closures, atMs) {
  return closures.filter(([, to]) => endMs(to) > atMs);
}

/**
 * Return the closure that holds at a moment.
 * @param {readonly Closure[]} closures
 * @param {number} atMs
 */
export function closureAt(closures, atMs) {
  return closuresLeft(closures, atMs).find(([from]) => edgeMs(from) <= atMs);
}

/**
 * Say the edge of a closure: a day, or a day and a time; with its year if that is another.
 * @param {import("../shared/translate.js").Translate} translate
 * @param {string} edge
 * @param {number} atMs
 */
export function edgeText(translate, edge, atMs) {
  const local = new Date(edgeMs(edge) + ZONE_MS); // read as UTC
  const [day, clock] = local.toISOString().slice(0, 16).split("T");
  const time = isDay(edge) ? "" : clock;
  if (local.getUTCFullYear() !== new Date(atMs + ZONE_MS).getUTCFullYear()) return `${day} ${time}`.trim();
  return translate("when.day", { month: local.getUTCMonth() + 1, day: local.getUTCDate(), time }).trim();
}

/** @param {string | null} to */
function endMs(to) {
  return to === null ? Infinity : edgeMs(to) + (isDay(to) ? DAY_MS : 0);
}

/** @param {string} edge */
function edgeMs(edge) {
  return Date.parse(isDay(edge) ? `${edge}T00:00:00+08:00` : edge);
}

/** @param {string} edge */
function isDay(edge) {
  return !edge.includes("T");
}
