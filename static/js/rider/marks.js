/**
 * What riders report of stations, as far as it counts: marks, which end by themselves, and confirmations. They come with
 * the feed and go on without it: a phone that is looked at asks every minute.
 */

import { ago, FRESH_MS } from "./data_age.js";
import { ZONE_MS } from "../shared/time_units.js";

/**
 * @typedef {{kind: string, devices: number, since: string, until: string}} Reported until: ISO 8601, as `since`
 * @typedef {{on: string, times: number}} Confirmed the last day on which riders found it open, and how many did
 * @typedef {object} Marks as /api/v1/marks and the feed have them
 * @property {Record<string, Reported>} reported by station
 * @property {Record<string, Confirmed>} confirmed
 *
 * @typedef {import("./feed.js").Station} Station
 * @typedef {import("../shared/translate.js").Translate} Translate
 */

/** @type {Marks} the newest this page has heard of */
let newest = { reported: {}, confirmed: {} };
let heardAt = 0; // when they left the server, by the device's clock
/** @type {string} of the answer of the server they came with, so that the same does not come again */
let tag = "";

/**
 * Let stations have these marks, or newer ones that are known already.
 * @param {readonly Station[]} stations
 * @param {Marks | undefined} marks
 * @param {number} fetchedAt
 */
export function putMarks(stations, marks, fetchedAt) {
  if (marks && fetchedAt >= heardAt) {
    newest = marks;
    heardAt = fetchedAt;
    tag = "";
  }
  const { reported, confirmed } = newest;
  for (const station of stations) {
    const { id } = station;
    station.marks = { reported: reported[id], confirmed: confirmed[id], heardAt };
  }
}

/**
 * Return the mark that stands on a station at a moment.
 * @param {Station} station
 * @param {number} atMs
 */
export function reportedAt({ marks }, atMs) {
  const reported = marks?.reported;
  if (!reported || atMs < Date.parse(reported.since) || atMs >= Date.parse(reported.until)) return undefined;
  return reported;
}

/**
 * Say what riders report of a station, with how old that is; nothing where no mark stands.
 * @param {Translate} translate
 * @param {Station} station
 * @param {number} atMs
 */
export function markText(translate, station, atMs) {
  const reported = reportedAt(station, atMs);
  if (!reported) return "";
  const age = Date.now() - (station.marks?.heardAt ?? 0);
  const known = age < FRESH_MS ? "" : translate("list.comma") + translate("age.data", { ago: ago(translate, age) });
  const time = momentText(translate, Date.parse(reported.since), atMs);
  return translate(`mark.${reported.kind}`, { count: reported.devices, time, known });
}

/**
 * Say that riders found a station open, and when the last did.
 * @param {Translate} translate
 * @param {Station} station
 */
export function confirmedText(translate, { marks }) {
  const confirmed = marks?.confirmed;
  return confirmed ? translate("mark.confirmed", { count: confirmed.times, date: confirmed.on }) : "";
}

/**
 * Say a moment by the clock of the stations, with its day where that is another.
 * @param {Translate} translate
 * @param {number} ms
 * @param {number} atMs
 */
export function momentText(translate, ms, atMs) {
  const [local, today] = [ms, atMs].map((each) => new Date(each + ZONE_MS).toISOString()); // read as UTC
  const [day, time] = [local.slice(0, 10), local.slice(11, 16)];
  if (day === today.slice(0, 10)) return translate("when.today", { time });
  return translate("when.day", { month: Number(day.slice(5, 7)), day: Number(day.slice(8)), time });
}

/**
 * Ask the server which marks stand now, and let stations have them; tell whether there is news.
 * @param {string} url
 * @param {readonly Station[]} stations
 * @returns {Promise<boolean>} false also where the server does not answer
 */
export async function renewMarks(url, stations) {
  try {
    // Past every cache: a mark that was lifted is not to come back out of one.
    const answer = await fetch(url, { cache: "no-store", headers: tag ? { "If-None-Match": tag } : {} });
    if (answer.redirected || !(answer.ok || answer.status === 304)) return false;
    const before = newest;
    const marks = answer.ok ? /** @type {Marks} */ (await answer.json()) : before;
    if (!marks.reported || !marks.confirmed) return false;
    putMarks(stations, marks, Date.now());
    tag = answer.headers.get("ETag") ?? "";
    return answer.ok && JSON.stringify(before) !== JSON.stringify(marks);
  } catch {
    return false;
  }
}
