/** The opening times of the coming days in the words of the server's page (stationmap/web/pages/station_view.py). */

import { DAY_MIN, ZONE_MS } from "../shared/time_units.js";

/**
 * @typedef {import("../shared/translate.js").Translate} Translate
 * @typedef {[from: number, to: number, code: number]} Stretch minutes since the feed's start
 * @typedef {{weekday: number, month: number, date: number, isToday: boolean, note: string,
 *   times: string[], state: import("../rider/hours.js").State}} Day
 *   `weekday` counts from Monday; `state` is open where it opens at all
 */

const WEEK_DAYS = 7;
const OPEN = 1;

/**
 * Return the seven days from a minute of the feed on, as far as it knows them.
 * @param {Translate} translate
 * @param {import("../rider/feed.js").Feed} feed
 * @param {import("../rider/hours.js").Schedule} schedule
 * @param {number} minute
 * @param {string} lang
 * @returns {Day[]}
 */
export function week(translate, feed, { stretches }, minute, lang) {
  const today = Math.floor(minute / DAY_MIN);
  const pieces = stretches.flatMap(byDay);
  const ahead = Array.from({ length: WEEK_DAYS }, (_, days) => today + days);
  return ahead
    .filter((day) => day >= 0 && day < feed.days)
    .map((day) => {
      const date = new Date(Date.parse(feed.start) + ZONE_MS + day * DAY_MIN * 60_000); // read as UTC
      const begun = pieces.filter(([from]) => Math.floor(from / DAY_MIN) === day);
      return {
        weekday: (date.getUTCDay() + 6) % 7,
        month: date.getUTCMonth() + 1,
        date: date.getUTCDate(),
        isToday: day === today,
        note: noteOf(translate, feed, day, lang),
        times: begun.map((piece) => span(translate, piece)),
        state: stateOf(begun),
      };
    });
}

/**
 * @param {readonly Stretch[]} pieces
 * @returns {import("../rider/hours.js").State}
 */
function stateOf(pieces) {
  if (pieces.length === 0) return "closed";
  return pieces.some(([, , code]) => code === OPEN) ? "open" : "unknown";
}

/**
 * Keep a stretch shorter than a day whole, so that a night stays one; cut a longer one at every midnight.
 * @param {Stretch} stretch
 * @returns {Stretch[]}
 */
function byDay([from, to, code]) {
  if (to - from < DAY_MIN) return from < to ? [[from, to, code]] : [];
  const midnight = (Math.floor(from / DAY_MIN) + 1) * DAY_MIN;
  return [[from, midnight, code], ...byDay([midnight, to, code])];
}

/**
 * @param {Translate} translate
 * @param {Stretch} piece
 */
function span(translate, [from, to, code]) {
  const isUnknown = code !== OPEN;
  const begin = from % DAY_MIN;
  if (begin === 0 && to - from === DAY_MIN) return translate(isUnknown ? "station.unknown_all_day" : "station.all_day");
  const end = begin + to - from;
  const times = `${clock(begin)}–${clock(end > DAY_MIN ? end - DAY_MIN : end)}`;
  return isUnknown ? translate("station.unknown_span", { times }) : times;
}

/** @param {number} minute of a day, its end being 24:00 */
function clock(minute) {
  return [minute / 60, minute % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
}

/**
 * @param {Translate} translate
 * @param {import("../rider/feed.js").Feed} feed
 * @param {number} day
 * @param {string} lang
 */
function noteOf(translate, { specialDays }, day, lang) {
  const [, kind, name] = specialDays.find(([special]) => special === day) ?? [];
  if (!kind) return "";
  return (lang === "zh" && name) || translate(`day_kind.${kind}`);
}
