/** The part of the page that tells what locked doors cost: coverage as riders found it beside coverage as posted. */

import { hoursOfWeek } from "./table_columns.js";
import { SortedTable } from "./tables.js";
import * as words from "./figure_text.js";
import { byId, element } from "../shared/dom.js";

/**
 * @typedef {{id: string, hours: number[], people_hours: number}} LockedStation hours of the week when it was found locked, and what its door alone would bring back
 * @typedef {{sure: number[][], stations: LockedStation[]}} Found thousandths of people in reach as found, by district and hour
 * @typedef {{since: string, devices: number, stations: number}} Doors since when, by how many devices
 * @typedef {{districts: string[], sure: number[][], found: Found | null, stated: {locked_doors?: Doors}}} HoursDocument
 *
 * @typedef {object} Cost of a district, or of all where it has no code; person-hours of a week
 * @property {string | null} code
 * @property {number} posted
 * @property {number} found
 * @property {number} lost
 * @property {boolean} [isTotal]
 */

export class LockedPart {
  /**
   * @param {import("../shared/translate.js").Translate} translate
   * @param {import("./labels.js").Labels} labels
   */
  constructor(translate, labels) {
    this.translate = translate;
    this.labels = labels;
    this.districts = new SortedTable(
      byId("locked-districts"),
      translate("audit.page.districts"),
      this.districtColumns(),
      words.sayAll(translate),
    );
    const order = { key: "people_hours", down: true };
    const caption = translate("audit.sheet.locked_stations");
    this.stations = new SortedTable(
      byId("locked-stations"),
      caption,
      this.stationColumns(),
      words.sayAll(translate),
      order,
    );
    this.say(translate("audit.page.working"));
  }

  /**
   * Say what there is to say where there are no figures.
   * @param {string} text
   */
  say(text) {
    byId("locked-told").textContent = text;
    byId("locked-since").textContent = "";
    byId("locked-figures").hidden = true;
  }

  /**
   * @param {HoursDocument} told
   */
  show(told) {
    const { locked_doors: doors } = told.stated;
    if (!doors) return this.say(this.translate("audit.page.locked_unknown"));
    const { since, devices, stations } = doors;
    // Doors of stations that are not surely usable at that hour anyway take nothing away.
    const nothing = stations ? "audit.page.locked_uncounted" : "audit.page.locked_none";
    if (!told.found) return this.say(this.translate(nothing, { since, devices, stations }));
    const costs = costsOf(told.districts, told.sure, told.found.sure);
    const hour = worstHour(told.sure, told.found.sure);
    byId("locked-told").textContent = this.translate("audit.page.locked_told", {
      posted: words.people(costs[0].posted),
      found: words.people(costs[0].found),
      lost: words.people(costs[0].lost),
      hour: this.labels.hour(hour),
      people: words.people(sumAt(told.sure, hour) - sumAt(told.found.sure, hour)),
    });
    byId("locked-since").textContent = this.translate("audit.page.locked_since", { since, devices });
    this.districts.show(costs);
    this.stations.show(told.found.stations);
    byId("locked-figures").hidden = false;
  }

  /** @returns {import("./tables.js").Column<Cost>[]} */
  districtColumns() {
    const { translate, labels } = this;
    const name = (/** @type {Cost} */ { code }) => labels.district(code);
    const figure = (/** @type {"posted" | "found" | "lost"} */ key) => ({
      key,
      title: translate(`audit.page.hours_${key}`),
      render: (/** @type {Cost} */ row) => words.people(row[key]),
    });
    const district = { key: "code", title: translate("audit.page.district"), render: name, value: name, isText: true };
    return [district, figure("posted"), figure("found"), figure("lost")];
  }

  /** @returns {import("./tables.js").Column<LockedStation>[]} */
  stationColumns() {
    const { translate, labels } = this;
    const named = (/** @type {LockedStation} */ { id }) =>
      element("a", { href: `/s/${encodeURIComponent(id)}` }, element("bdi", {}, labels.station(id)));
    return [
      {
        key: "id",
        title: translate("audit.page.locked_station"),
        render: named,
        value: ({ id }) => labels.station(id),
        isText: true,
        isLong: true,
      },
      {
        key: "people_hours",
        title: translate("audit.page.hours_back"),
        render: ({ people_hours }) => words.whole(people_hours),
      },
      {
        key: "hours",
        title: translate("audit.page.locked_hours"),
        render: ({ hours }) => hoursOfWeek(translate, hours),
        value: ({ hours }) => hours.length,
        isText: true,
        isLong: true,
      },
    ];
  }
}

/**
 * Return what locked doors cost in all, then by district.
 * @param {string[]} codes
 * @param {number[][]} posted thousandths of people by district and hour
 * @param {number[][]} found
 * @returns {Cost[]}
 */
export function costsOf(codes, posted, found) {
  const sum = (/** @type {number[]} */ row) => row.reduce((total, each) => total + each, 0);
  const ofDistricts = codes.map((code, at) => ({ code, posted: sum(posted[at]), found: sum(found[at]) }));
  const all = {
    code: null,
    isTotal: true,
    posted: sum(ofDistricts.map((row) => row.posted)),
    found: sum(ofDistricts.map((row) => row.found)),
  };
  return [all, ...ofDistricts].map((row) => ({ ...row, lost: row.posted - row.found }));
}

/**
 * Return the hour of the week that loses most people.
 * @param {number[][]} posted
 * @param {number[][]} found
 */
export function worstHour(posted, found) {
  const lost = posted[0].map((_, hour) => sumAt(posted, hour) - sumAt(found, hour));
  return lost.indexOf(Math.max(...lost));
}

/**
 * @param {number[][]} people by district and hour
 * @param {number} hour
 */
function sumAt(people, hour) {
  return people.reduce((total, row) => total + row[hour], 0);
}
