/** The registry as the page keeps it: the columns of /api/v1/feed turned into stations. */

import { putMarks } from "./marks.js";
import RULES from "../../rules.json" with { type: "json" };

/**
 * @typedef {import("./hours.js").Schedule} Schedule
 * @typedef {{who: string, how?: string[], note?: string | null}} Access
 * @typedef {{on: string, by: string, how?: string | null}} Verified
 * @typedef {object} Station
 * @property {string} id
 * @property {number} lon
 * @property {number} lat
 * @property {string} name
 * @property {string | null} name_en
 * @property {string[]} aliases
 * @property {string} category
 * @property {string} district
 * @property {string | null} address
 * @property {string | null} directions
 * @property {Access} access
 * @property {string[]} services
 * @property {string | null} phone
 * @property {string | [text: string, number: string][] | null} calls the number that dials all of `phone`, or each of several
 * @property {string | null} photo address of a picture
 * @property {string | null} host
 * @property {string | null} hours_source
 * @property {string | null} managed_by
 * @property {string | null} level
 * @property {number | null} capacity
 * @property {Verified | null} verified
 * @property {string} riders how a rider stands with it: "0" may enter, "1" perhaps, "2" it is for others, "3" nobody is there
 * @property {string} [geocoded] 1 where the point was only worked out from the address
 * @property {Record<string, boolean>} facilities a code that is absent is unknown
 * @property {Schedule} schedule
 * @property {{reported?: import("./marks.js").Reported, confirmed?: import("./marks.js").Confirmed, heardAt: number}} [marks]
 *   what riders report of it, as of a moment
 *
 * @typedef {{littleLeftMin: number, checkedDays: number}} Rules minutes after arriving that are too few; how long a check is good
 *
 * @typedef {object} Feed
 * @property {string} revision
 * @property {boolean} demo
 * @property {string} start midnight of the first day, ISO 8601 with offset
 * @property {number} days
 * @property {number} count
 * @property {boolean} tooLarge the stations are on the server only
 * @property {Station[]} stations
 * @property {Record<string, string>} readings the characters that are read so
 * @property {District[]} districts
 * @property {Rules} rules
 * @property {[day: number, kind: string, name: string | null][]} specialDays on which work or rest is moved
 *
 * @typedef {{code: string, count: number, lon: number, lat: number}} District where its stations are densest, and how many are there
 *
 * @typedef {object} FeedDocument as stationmap/formats/feed.py writes it
 * @property {string} revision
 * @property {boolean} demo
 * @property {string} start
 * @property {number} days
 * @property {number} count
 * @property {boolean} too_large
 * @property {Record<string, string>} readings
 * @property {[code: string, lon: number, lat: number, count: number][]} districts
 * @property {{little_left_min: number, checked_days: number}} [rules] not in a feed kept from before there were rules
 * @property {Feed["specialDays"]} [special_days] nor these
 * @property {StationColumns | null} stations null where they are too many
 * @property {Schedule[]} schedules
 * @property {import("./marks.js").Marks} [reports] not in a feed of a server that takes none
 *
 * @typedef {{id: IdColumn, facilities: Record<string, string>, schedule: number[]}} CodedColumns facilities: a character a station
 * @typedef {CodedColumns & Record<string, ArrayLike<unknown>>} StationColumns by property, with a value a station
 * @typedef {{shared: number[], rest: string[]}} IdColumn how much each shares with the one before, and its rest
 */

const NO_RULES = { little_left_min: 0, checked_days: 0 };
/** @type {Record<string, boolean | undefined>} */
const PRESENCE = { 1: true, 0: false };

/**
 * Return the feed a served document holds; throws on a format this page does not know.
 * @param {unknown} document
 * @param {number} [fetchedAt] when it left the server, Unix ms
 * @returns {Feed}
 */
export function feedOf(document, fetchedAt = Date.now()) {
  if (/** @type {{format?: unknown} | null} */ (document)?.format !== RULES.feed_format)
    throw new Error("this page does not know the format of the feed");
  const {
    revision,
    demo,
    start,
    days,
    count,
    readings,
    stations,
    schedules,
    districts,
    too_large: tooLarge,
    special_days: specialDays = [],
    rules = NO_RULES,
    reports,
  } = /** @type {FeedDocument} */ (document);
  const { little_left_min: littleLeftMin, checked_days: checkedDays } = rules;
  const known = tooLarge ? [] : stationsOf(/** @type {StationColumns} */ (stations), schedules);
  putMarks(known, reports, fetchedAt);
  return {
    revision,
    demo,
    start,
    days,
    count,
    tooLarge,
    stations: known,
    readings,
    districts: districts.map(([code, lon, lat, near]) => ({ code, lon, lat, count: near })),
    specialDays,
    rules: { littleLeftMin, checkedDays },
  };
}

/**
 * @param {StationColumns} columns
 * @param {Schedule[]} schedules
 * @returns {Station[]}
 */
function stationsOf(columns, schedules) {
  const { id, facilities, schedule, ...texts } = columns;
  const names = Object.keys(texts);
  const presences = Object.entries(facilities);
  return idsOf(id).map((known, row) => {
    const station = /** @type {Station} */ ({ id: known });
    for (const name of names) /** @type {Record<string, unknown>} */ (station)[name] = texts[name][row];
    station.aliases = station.aliases ?? [];
    station.services = station.services ?? [];
    station.facilities = facilitiesOf(presences, row);
    station.schedule = schedules[schedule[row]];
    station.riders = station.riders || ridersBefore(station);
    return station;
  });
}

/**
 * Stand in for the column that a feed kept from before has not: what is surely for everyone, and else for others.
 * @param {Station} station
 */
function ridersBefore({ schedule, access }) {
  return schedule.status !== "open" ? "3" : access.who === "public" ? "0" : "2";
}

/**
 * Return ids of which each was told as what it does not share with the one before.
 * @param {IdColumn} column
 * @returns {string[]}
 */
function idsOf({ shared, rest }) {
  let last = "";
  return rest.map((text, row) => (last = last.slice(0, shared[row]) + text));
}

/**
 * @param {[string, string][]} presences
 * @param {number} row
 * @returns {Record<string, boolean>}
 */
function facilitiesOf(presences, row) {
  /** @type {Record<string, boolean>} */
  const known = {};
  for (const [code, presence] of presences) {
    const there = PRESENCE[presence[row]];
    if (there !== undefined) known[code] = there;
  }
  return known;
}
