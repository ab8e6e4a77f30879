/** Tables and facts of the page: what stands in them, in the order of their columns. */

import * as words from "./audit_words.js";
import { element } from "./dom.js";

/** @typedef {import("./i18n.js").Words} Words */

/**
 * @param {Words} say
 * @param {(code: string | null) => string} nameOf a district, or all of them
 * @returns {import("./audit_tables.js").Column[]}
 */
export function districtColumns(say, nameOf) {
  const column = (/** @type {string} */ key, /** @type {any} */ read, /** @type {(value: any) => string} */ tell) => ({
    key,
    title: say(`audit.page.${key}`),
    value: (/** @type {any} */ row) => read(row.sure),
    tell: (/** @type {any} */ row) => words.both(read(row.sure), read(row.possible), tell),
  });
  return [
    { key: "district", title: say("audit.page.district"), value: (row) => nameOf(row.code), tell: (row) => nameOf(row.code), isText: true },
    column("share", (/** @type {any} */ reach) => reach.share, words.percent),
    column("served", (/** @type {any} */ reach) => reach.people, words.people),
    { key: "people", title: say("audit.page.people"), tell: (row) => words.people(row.people) },
    column("twice_share", (/** @type {any} */ reach) => reach.twiceShare, words.percent),
    column("area_share", (/** @type {any} */ reach) => reach.areaShare, words.percent),
    column("mean_m", (/** @type {any} */ reach) => reach.meanM, words.whole),
    column("p50_m", (/** @type {any} */ reach) => reach.p50M, words.whole),
    column("p90_m", (/** @type {any} */ reach) => reach.p90M, words.whole),
  ];
}

/**
 * @param {Words} say
 * @param {(code: string | null) => string} nameOf
 * @param {(id: string) => string} stationOf
 * @param {(rank: number) => void} onOpen
 * @returns {import("./audit_tables.js").Column[]}
 */
export function gapColumns(say, nameOf, stationOf, onOpen) {
  const title = (/** @type {string} */ key) => say(`audit.page.${key}`);
  const districts = (/** @type {any} */ gap) => gap.districts.map(nameOf).join(", ");
  return [
    { key: "rank", title: title("rank"), tell: ({ rank }) => opener(rank, say("audit.page.gap_name", { rank }), onOpen) },
    { key: "people", title: title("people"), tell: (gap) => words.whole(gap.people) },
    { key: "area_km2", title: title("area_km2"), tell: (gap) => words.tenth(gap.area_km2) },
    { key: "districts", title: title("district"), tell: districts, value: districts, isText: true },
    { key: "nearest_m", title: title("nearest_m"), tell: (gap) => words.whole(gap.nearest_m) },
    { key: "nearest_id", title: title("nearest"), tell: (gap) => element("bdi", {}, stationOf(gap.nearest_id)), value: (gap) => stationOf(gap.nearest_id), isText: true },
    { key: "hours", title: title("hours"), tell: (gap) => words.spans(gap.hours), value: (gap) => gap.hours.length },
    { key: "site_people", title: title("site_people"), tell: (gap) => words.whole(gap.site_people) },
  ];
}

/**
 * @param {Words} say
 * @param {(code: string | null) => string} nameOf
 * @param {(id: string) => string} stationOf
 * @param {(rank: number) => void} onOpen
 * @returns {import("./audit_tables.js").Column[]}
 */
export function siteColumns(say, nameOf, stationOf, onOpen) {
  const title = (/** @type {string} */ key) => say(`audit.page.${key}`);
  return [
    { key: "rank", title: title("rank"), tell: ({ rank }) => opener(rank, say("audit.page.site_name", { rank }), onOpen) },
    { key: "id", title: title("site"), tell: (site) => element("bdi", {}, stationOf(site.id)), isText: true },
    { key: "district", title: title("district"), tell: (site) => (site.district ? nameOf(site.district) : "–"), value: (site) => nameOf(site.district), isText: true },
    { key: "people_added", title: title("people_added"), tell: (site) => words.whole(site.people_added) },
    { key: "people_in_all", title: title("people_in_all"), tell: (site) => words.whole(site.people_in_all) },
    { key: "place", title: title("place"), tell: (site) => words.place([site.lon, site.lat]), value: (site) => site.lon },
    { key: "open_at", title: title("open_at"), tell: (site) => hoursOfWeek(say, site.hours), value: (site) => site.hours[0] ?? -1 },
  ];
}

/**
 * Return a rank that shows on the map what is of it.
 * @param {number} rank
 * @param {string} name
 * @param {(rank: number) => void} onOpen
 */
function opener(rank, name, onOpen) {
  return element("button", { type: "button", class: "audit-link", onclick: () => onOpen(rank), "aria-label": name }, String(rank));
}

/**
 * Return names and values as a list of facts below a heading.
 * @param {string} heading
 * @param {[string, string][]} facts
 */
export function facts(heading, facts) {
  const lines = facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, element("bdi", {}, value))));
  return element("div", { class: "audit-facts" }, element("h2", {}, heading), element("dl", {}, ...lines));
}

/**
 * @param {Words} say
 * @param {number[]} hours of a week
 */
export function hoursOfWeek(say, hours) {
  if (!hours.length) return "–";
  const days = [...new Set(hours.map((hour) => Math.floor(hour / 24)))];
  return days
    .map((day) => `${say(`audit.page.day_${day}`)} ${words.spans(hours.filter((hour) => Math.floor(hour / 24) === day).map((hour) => hour % 24))}`)
    .join("; ");
}
