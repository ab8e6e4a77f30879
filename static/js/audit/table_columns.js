/** Tables and facts of the page: what stands in them, in the order of their columns. */

import * as words from "./figure_text.js";
import { element } from "../shared/dom.js";

/**
 * @typedef {import("../shared/translate.js").Translate} Translate
 * @typedef {import("./figures/coverage.js").Figures} Figures
 * @typedef {import("./gaps.js").Gap} Gap
 * @typedef {import("./siting.js").Site} Site
 * @typedef {(reach: import("./figures/coverage.js").Reach) => number | null} Reading
 */

/**
 * @template Row
 * @typedef {import("./tables.js").Column<Row>} Column
 */

/**
 * @param {Translate} translate
 * @param {(code: string | null) => string} nameOf a district, or all of them
 * @returns {Column<Figures>[]}
 */
export function districtColumns(translate, nameOf) {
  const column = (
    /** @type {string} */ key,
    /** @type {Reading} */ read,
    /** @type {(row: Figures) => string} */ render,
  ) => ({
    key,
    title: translate(`audit.page.${key}`),
    value: (/** @type {Figures} */ row) => read(row.sure),
    render,
  });
  const share = (/** @type {string} */ key, /** @type {Reading} */ read) =>
    column(key, read, (row) => words.shares(translate, read(row.sure), read(row.possible)));
  const way = (/** @type {string} */ key, /** @type {Reading} */ read) =>
    column(key, read, (row) => words.ways(translate, read(row.sure), read(row.possible), row.people));
  const served = (/** @type {Figures} */ row) => words.both(row.sure.people, row.possible.people, words.people);
  return [
    {
      key: "district",
      title: translate("audit.page.district"),
      value: (row) => nameOf(row.code),
      render: (row) => nameOf(row.code),
      isText: true,
    },
    share("share", (reach) => reach.share),
    column("served", (reach) => reach.people, served),
    { key: "people", title: translate("audit.page.people"), render: (row) => words.people(row.people) },
    share("twice_share", (reach) => reach.twiceShare),
    share("area_share", (reach) => reach.areaShare),
    way(words.inUnit("mean_m"), (reach) => reach.meanM),
    way(words.inUnit("p50_m"), (reach) => reach.p50M),
    way(words.inUnit("p90_m"), (reach) => reach.p90M),
  ];
}

/**
 * @param {Translate} translate
 * @param {import("./labels.js").Labels} labels
 * @param {(rank: number) => void} onOpen
 * @returns {Column<Gap>[]}
 */
export function gapColumns(translate, labels, onOpen) {
  const title = (/** @type {string} */ key) => translate(`audit.page.${key}`);
  const [place, stationOf] = [(/** @type {Gap} */ gap) => labels.place(gap.districts, gap.landmark), labels.station];
  return [
    {
      key: "rank",
      title: title("rank"),
      render: ({ rank }) => dialogOpener(rank, translate("audit.page.gap_name", { rank }), onOpen),
    },
    {
      key: "place",
      title: title("where"),
      render: (gap) => element("bdi", {}, place(gap)),
      value: place,
      isText: true,
      isLong: true,
    },
    { key: "people", title: title("people"), render: (gap) => words.whole(gap.people) },
    { key: "area_km2", title: title("area_km2"), render: (gap) => words.tenth(gap.area_km2) },
    {
      key: "nearest_m",
      title: title(words.inUnit("nearest_m")),
      render: (gap) => words.metresForSure(translate, gap.nearest_m),
      value: (gap) => gap.nearest_m,
    },
    {
      key: "nearest_id",
      title: title("nearest"),
      render: (gap) => element("bdi", {}, stationOf(gap.nearest_id)),
      value: (gap) => stationOf(gap.nearest_id),
      isText: true,
    },
    {
      key: "hours",
      title: title("hours"),
      render: (gap) => words.spans(translate, gap.hours),
      value: (gap) => gap.hours.length,
    },
    { key: "site_people", title: title("site_people"), render: (gap) => words.whole(gap.site_people) },
  ];
}

/**
 * @param {Translate} translate
 * @param {string} objective of the proposal
 * @param {(site: Site) => string} nameOf
 * @param {(rank: number) => void} onOpen
 * @returns {Column<Site>[]}
 */
export function siteColumns(translate, objective, nameOf, onOpen) {
  const title = (/** @type {string} */ key) => translate(`audit.page.${key}`);
  const [added, inAll] = addedTitles(translate, objective);
  const open = {
    key: "open_at",
    title: title("open_at"),
    render: (/** @type {Site} */ site) => hoursOfWeek(translate, site.hours),
    value: (/** @type {Site} */ site) => site.hours[0] ?? -1,
  };
  return [
    {
      key: "rank",
      title: title("rank"),
      render: ({ rank }) => dialogOpener(rank, translate("audit.page.site_name", { rank }), onOpen),
    },
    {
      key: "name",
      title: title("site"),
      render: (site) => element("bdi", {}, nameOf(site)),
      value: nameOf,
      isText: true,
      isLong: true,
    },
    { key: "people_added", title: added, render: (site) => words.whole(site.people_added) },
    { key: "people_in_all", title: inAll, render: (site) => words.whole(site.people_in_all) },
    {
      key: "place",
      title: title("place"),
      render: (site) => words.place([site.lon, site.lat]),
      value: (site) => site.lon,
    },
    { key: "id", title: title("site_id"), render: (site) => element("bdi", {}, site.id), isText: true },
    ...(objective === "longer_hours" ? [open] : []),
  ];
}

/**
 * Return what a site adds, and it with those before it, in the unit of the objective.
 * @param {Translate} translate
 * @param {string} objective
 */
export function addedTitles(translate, objective) {
  const unit = objective === "longer_hours" ? "hours" : objective === "p_median" ? "nearer" : "people";
  return [translate(`audit.page.${unit}_added`), translate(`audit.page.${unit}_in_all`)];
}

/**
 * Return a rank that shows on the map what is of it.
 * @param {number} rank
 * @param {string} name
 * @param {(rank: number) => void} onOpen
 */
function dialogOpener(rank, name, onOpen) {
  return element(
    "button",
    { type: "button", class: "audit-link", onclick: () => onOpen(rank), "aria-label": name },
    String(rank),
  );
}

/**
 * Return names and values as a list of facts below a heading.
 * @param {string} heading
 * @param {[string, string | Node][]} facts
 */
export function facts(heading, facts) {
  const lines = facts.map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, element("bdi", {}, value))),
  );
  return element("div", { class: "audit-facts" }, element("h2", {}, heading), element("dl", {}, ...lines));
}

/**
 * @param {Translate} translate
 * @param {number[]} hours of a week
 */
export function hoursOfWeek(translate, hours) {
  if (!hours.length) return translate("audit.none");
  /** @type {{first: number, last: number, hours: string}[]} */
  const runs = [];
  for (const day of new Set(hours.map((hour) => Math.floor(hour / 24)))) {
    const ofDay = hours.filter((hour) => Math.floor(hour / 24) === day).map((hour) => hour % 24);
    const spans = words.spans(translate, ofDay);
    const run = runs.at(-1);
    if (run?.last === day - 1 && run.hours === spans) run.last = day;
    else runs.push({ first: day, last: day, hours: spans });
  }
  const name = (/** @type {number} */ day) => translate(`audit.page.day_${day}`);
  return runs
    .map(({ first, last, hours }) => `${first === last ? name(first) : `${name(first)}–${name(last)}`} ${hours}`)
    .join("; ");
}
