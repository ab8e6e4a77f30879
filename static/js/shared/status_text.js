/** Facts of the answer put into words. */

import { has } from "./translate.js";
import { DAY_MIN, DAY_MS, ZONE_MS } from "./time_units.js";
import RULES from "../../rules.json" with { type: "json" };

/**
 * @typedef {import("./translate.js").Words} Words
 * @typedef {import("../rider/filter_rules.js").Arrival} Arrival
 */

// An age is given in days, then in months, then in years: each from where there are two of them, as in stationmap/formats/status_text.py.
const MONTH_DAYS = RULES.month_days;
const YEAR_DAYS = RULES.year_days;
const SOON_MIN = 30; // a shorter rest is announced

/**
 * Return the name of a station in a language, or the one it has.
 * @param {string} lang
 * @param {{name: string, name_en?: string | null}} station
 */
export function nameOf(lang, { name, name_en: english }) {
  return (lang !== "zh" && english) || name;
}

/**
 * Say a distance: metres below a kilometre, tens of metres above.
 * @param {Words} say
 * @param {number} metres
 */
export function distanceText(say, metres) {
  if (metres < 995)
    return say("distance.m", { value: metres < 100 ? Math.round(metres) : Math.round(metres / 10) * 10 });
  return say("distance.km", { value: (metres / 1000).toFixed(metres < 9950 ? 1 : 0) });
}

/**
 * Say how long the way takes, or about how long.
 * @param {Words} say
 * @param {number} seconds
 * @param {string} travel
 * @param {boolean} isAbout
 */
export function durationText(say, seconds, travel, isAbout) {
  return say(`travel.${travel}${isAbout ? "_about" : ""}`, { minutes: Math.max(1, Math.ceil(seconds / 60)) });
}

/**
 * Say the state of a station and until when; `minute` and the state's end count from `startMs`, a midnight.
 * @param {Words} say
 * @param {Arrival} found
 * @param {number} minute
 * @param {number} startMs
 */
export function stateText(say, found, minute, startMs) {
  const until = found.untilMin;
  if (found.state === "unknown") return say("state.unknown");
  if (found.state === "closed" && found.reason) return say(`reason.${found.reason}`);
  if (until === null) return say(`state.${found.state}`);
  if (until === Infinity) return say("state.open_always");
  const time = clock(say, until, minute, startMs, found.state === "open");
  return say(`state.${found.state}_then_${found.then}`, { time });
}

/**
 * Return what may disappoint who relies on a state, each with the class it is shown by; without a `minute` nobody is on
 * the way. Of a rest that is long enough it is told how long from `soonMin` down.
 * @param {Words} say
 * @param {Arrival} arrival
 * @param {number | null} minute
 * @param {number} [soonMin]
 * @returns {[string, string][]}
 */
export function warnings(say, arrival, minute, soonMin = SOON_MIN) {
  const { state, reason, usual, caution, cautionOnArrival, inTime, leftMin, isTight } = arrival;
  /** @type {[string, string][]} */
  const found = [];
  if (state === "unknown" && reason && reason !== "hours_not_given") found.push(["", reasonText(say, reason, usual)]);
  if (minute !== null && inTime === false) found.push(["late", say("state.not_in_time")]);
  if (minute !== null && (isTight || leftMin < soonMin))
    found.push(["late", say("state.closes_soon", { minutes: Math.max(1, Math.floor(leftMin)) })]);
  if (caution || (minute !== null && cautionOnArrival)) found.push(["caution", say("caution.holiday_unstated")]);
  return found;
}

/**
 * Say why a state is what it is; a day that waits for the notice of holidays has its usual hours, as in stationmap/formats/status_text.py.
 * @param {Words} say
 * @param {string} reason
 * @param {string | null | undefined} usual
 */
export function reasonText(say, reason, usual) {
  if (!usual) return say(`reason.${reason}`);
  return usual === "off"
    ? say("reason.usually_closed")
    : say("reason.usual", { times: usual.split(",").join(say("list.separator")) });
}

/**
 * Say when a record was last checked.
 * @param {Words} say
 * @param {{on: string} | null | undefined} verified
 * @param {number} atMs
 */
export function verifiedText(say, verified, atMs) {
  if (!verified) return say("verified.never");
  const days = daysSince(verified, atMs);
  if (days < 0) return say("verified.ahead", { date: verified.on });
  if (days < 2) return say(days ? "verified.yesterday" : "verified.today");
  if (days < 2 * MONTH_DAYS) return say("verified.days", { days });
  return days < 2 * YEAR_DAYS
    ? say("verified.months", { months: Math.floor(days / MONTH_DAYS) })
    : say("verified.years", { years: Math.floor(days / YEAR_DAYS) });
}

/**
 * @param {{on: string}} verified
 * @param {number} atMs
 */
function daysSince({ on }, atMs) {
  return Math.floor((atMs + ZONE_MS) / DAY_MS) - Math.floor(Date.parse(`${on}T00:00:00Z`) / DAY_MS);
}

/**
 * Say who may enter and how.
 * @param {Words} say
 * @param {import("../rider/feed.js").Access} access
 */
export function accessText(say, { who, how }) {
  return [say(`who.${who}`), ...(how ?? []).map((code) => say(`how.${code}`))].join(" · ");
}

/**
 * Return what is known of a facility, as the messages about it are called.
 * @param {Record<string, boolean>} facilities
 * @param {string} code
 */
export function presenceOf(facilities, code) {
  if (!has(facilities, code)) return "unknown";
  return facilities[code] ? "yes" : "no";
}

/**
 * Say a moment as people do; the end of a day is 24:00 of that day.
 * @param {Words} say
 * @param {number} untilMin
 * @param {number} minute
 * @param {number} startMs
 * @param {boolean} isEnd
 */
function clock(say, untilMin, minute, startMs, isEnd) {
  const midnight = isEnd && untilMin % DAY_MIN === 0;
  const day = Math.floor(untilMin / DAY_MIN) - (midnight ? 1 : 0);
  const inDay = untilMin - day * DAY_MIN;
  const time = `${String(Math.floor(inDay / 60)).padStart(2, "0")}:${String(inDay % 60).padStart(2, "0")}`;
  const ahead = day - Math.floor(minute / DAY_MIN);
  if (ahead === 0) return say("when.today", { time });
  if (ahead === 1) return say("when.tomorrow", { time });
  const date = new Date(startMs + ZONE_MS + day * DAY_MS);
  return say("when.day", { month: date.getUTCMonth() + 1, day: date.getUTCDate(), time });
}
