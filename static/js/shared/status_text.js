/** Facts of the answer put into words. */

import { has } from "./translate.js";
import { DAY_MIN, DAY_MS, ZONE_MS } from "./time_units.js";
import RULES from "../../rules.json" with { type: "json" };

/**
 * @typedef {import("./translate.js").Translate} Translate
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
 * @param {Translate} translate
 * @param {number} metres
 */
export function distanceText(translate, metres) {
  if (metres < 995)
    return translate("distance.m", { value: metres < 100 ? Math.round(metres) : Math.round(metres / 10) * 10 });
  return translate("distance.km", { value: (metres / 1000).toFixed(metres < 9950 ? 1 : 0) });
}

/**
 * Say how long the way takes, or about how long.
 * @param {Translate} translate
 * @param {number} seconds
 * @param {string} travel
 * @param {boolean} isAbout
 */
export function durationText(translate, seconds, travel, isAbout) {
  return translate(`travel.${travel}${isAbout ? "_about" : ""}`, { minutes: Math.max(1, Math.ceil(seconds / 60)) });
}

/**
 * Say the state of a station and until when; `minute` and the state's end count from `startMs`, a midnight.
 * @param {Translate} translate
 * @param {Arrival} found
 * @param {number} minute
 * @param {number} startMs
 */
export function stateText(translate, found, minute, startMs) {
  const until = found.untilMin;
  if (found.state === "unknown") return translate("state.unknown");
  if (found.state === "closed" && found.reason) return translate(`reason.${found.reason}`);
  if (until === null) return translate(`state.${found.state}`);
  if (until === Infinity) return translate("state.open_always");
  const time = clock(translate, until, minute, startMs, found.state === "open");
  return translate(`state.${found.state}_then_${found.then}`, { time });
}

/**
 * Return what may disappoint who relies on a state, each with the class it is shown by; without a `minute` nobody is on
 * the way. Of a rest that is long enough it is told how long from `soonMin` down.
 * @param {Translate} translate
 * @param {Arrival} arrival
 * @param {number | null} minute
 * @param {number} [soonMin]
 * @returns {[string, string][]}
 */
export function warnings(translate, arrival, minute, soonMin = SOON_MIN) {
  const { state, reason, usual, caution, cautionOnArrival, inTime, leftMin, isTight } = arrival;
  /** @type {[string, string][]} */
  const found = [];
  if (state === "unknown" && reason && reason !== "hours_not_given")
    found.push(["", reasonText(translate, reason, usual)]);
  if (minute !== null && inTime === false) found.push(["late", translate("state.not_in_time")]);
  if (minute !== null && (isTight || leftMin < soonMin))
    found.push(["late", translate("state.closes_soon", { minutes: Math.max(1, Math.floor(leftMin)) })]);
  if (caution || (minute !== null && cautionOnArrival)) found.push(["caution", translate("caution.holiday_unstated")]);
  return found;
}

/**
 * Say why a state is what it is; a day that waits for the notice of holidays has its usual hours, as in stationmap/formats/status_text.py.
 * @param {Translate} translate
 * @param {string} reason
 * @param {string | null | undefined} usual
 */
export function reasonText(translate, reason, usual) {
  if (!usual) return translate(`reason.${reason}`);
  return usual === "off"
    ? translate("reason.usually_closed")
    : translate("reason.usual", { times: usual.split(",").join(translate("list.separator")) });
}

/**
 * Say when a record was last checked.
 * @param {Translate} translate
 * @param {{on: string} | null | undefined} verified
 * @param {number} atMs
 */
export function verifiedText(translate, verified, atMs) {
  if (!verified) return translate("verified.never");
  const days = daysSince(verified, atMs);
  if (days < 0) return translate("verified.ahead", { date: verified.on });
  if (days < 2) return translate(days ? "verified.yesterday" : "verified.today");
  if (days < 2 * MONTH_DAYS) return translate("verified.days", { days });
  return days < 2 * YEAR_DAYS
    ? translate("verified.months", { months: Math.floor(days / MONTH_DAYS) })
    : translate("verified.years", { years: Math.floor(days / YEAR_DAYS) });
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
 * @param {Translate} translate
 * @param {import("../rider/feed.js").Access} access
 */
export function accessText(translate, { who, how }) {
  return [translate(`who.${who}`), ...(how ?? []).map((code) => translate(`how.${code}`))].join(" · ");
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
 * @param {Translate} translate
 * @param {number} untilMin
 * @param {number} minute
 * @param {number} startMs
 * @param {boolean} isEnd
 */
function clock(translate, untilMin, minute, startMs, isEnd) {
  const midnight = isEnd && untilMin % DAY_MIN === 0;
  const day = Math.floor(untilMin / DAY_MIN) - (midnight ? 1 : 0);
  const inDay = untilMin - day * DAY_MIN;
  const time = `${String(Math.floor(inDay / 60)).padStart(2, "0")}:${String(inDay % 60).padStart(2, "0")}`;
  const ahead = day - Math.floor(minute / DAY_MIN);
  if (ahead === 0) return translate("when.today", { time });
  if (ahead === 1) return translate("when.tomorrow", { time });
  const date = new Date(startMs + ZONE_MS + day * DAY_MS);
  return translate("when.day", { month: date.getUTCMonth() + 1, day: date.getUTCDate(), time });
}
