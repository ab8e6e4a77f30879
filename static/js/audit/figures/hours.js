/** The part of the page that tells coverage at each hour of a week. */

import { chooseHour, queryOf } from "../controls.js";
import { mondayOf } from "./days.js";
import { HeatGrid, MARKED } from "../map/heat.js";
import { API, errorText, fetchJson } from "../jobs.js";
import * as words from "../figure_text.js";
import { byId, element } from "../../shared/dom.js";

const WEEK_HOURS = 168;

/** @typedef {import("../locked.js").HoursDocument & {people: number[]}} HourlyPeople thousandths: of each district, and of those in reach by district and hour */

export class HoursPart {
  /**
   * @param {import("../../shared/translate.js").Translate} translate
   * @param {import("../labels.js").Labels} labels
   * @param {import("../locked.js").LockedPart} locked shows what riders found, which comes with the hours
   */
  constructor(translate, labels, locked) {
    this.translate = translate;
    this.labels = labels;
    this.locked = locked;
    this.turn = 0;
    this.monday = "";
    /** @type {number[] | null} */
    this.found = null;
    this.key = element("ul", { class: "audit-legend", id: "heat-key", "aria-label": translate("audit.page.heat_key") });
    this.grid = new HeatGrid({
      days: [...Array(7).keys()].map((day) => translate(`audit.page.day_${day}`)),
      caption: translate("audit.page.by_hour"),
      dayTitle: translate("audit.page.weekday"),
      labelOf: (hour, share) => this.fieldLabel(hour, share),
      onHour: chooseHour,
    });
  }

  /**
   * Mark the hour the page shows, if it shows one.
   * @param {number | null} hour of the week
   */
  mark(hour) {
    this.grid.mark(hour);
  }

  /** Whatever is on its way is of another choice. */
  forget() {
    this.turn += 1;
    this.locked.say(this.translate("audit.page.working"));
  }

  /**
   * @param {import("../controls.js").StudyParameters} parameters of which the moment does not matter here
   */
  async ask({ at: _, ...parameters }) {
    const { turn } = this;
    this.monday = mondayOf(parameters.day);
    try {
      const found = /** @type {HourlyPeople} */ (await fetchJson(`${API}/hours?${queryOf(parameters)}`));
      if (turn !== this.turn) return;
      this.found = found.found && sharesOf(found.people, found.found.sure);
      this.show(sharesOf(found.people, found.sure));
      this.locked.show(found);
    } catch (error) {
      if (turn !== this.turn) return;
      byId("hours-told").textContent = errorText(this.translate, error);
      this.locked.say(errorText(this.translate, error));
    }
  }

  /**
   * @param {number[]} shares by hour of the week
   */
  show(shares) {
    const [low, high] = [Math.min(...shares), Math.max(...shares)].map((share) =>
      this.labelOf(shares.indexOf(share), share),
    );
    const isEven = Math.min(...shares) === Math.max(...shares);
    const range = isEven
      ? this.translate("audit.page.hours_even", { share: words.percent(shares[0]) })
      : this.translate("audit.page.hours_told", { low, high });
    byId("hours-told").textContent =
      `${this.translate("audit.page.week_of", { monday: this.monday })} ${range} ${this.translate("audit.page.hours_how")}`;
    const lower = shares.map((share, hour) => (this.isLower(hour, share) ? hour : -1)).filter((hour) => hour >= 0);
    this.grid.show(shares, new Set(lower));
    if (!this.grid.table.isConnected) byId("heat").replaceChildren(this.grid.table, this.key);
    this.showKey();
  }

  /** Say what the colours mean. */
  showKey() {
    const levels = this.grid.key((from, to) => words.both(from, to, words.percent).replace(" %", ""));
    const fields = levels.map(([name, text]) =>
      element("li", {}, element("span", { class: `audit-swatch ${name}`, "aria-hidden": "true" }), text),
    );
    const swatch = element("span", { class: `audit-swatch ${MARKED}`, "aria-hidden": "true" });
    const lower = element("li", {}, swatch, this.translate("audit.page.hour_lower"));
    this.key.replaceChildren(...fields, ...(this.found ? [lower] : []));
  }

  /**
   * Tell whether riders found fewer served at an hour than is posted.
   * @param {number} hour
   * @param {number} share as posted
   */
  isLower(hour, share) {
    return this.found !== null && this.found[hour] < share;
  }

  /**
   * Say the share of an hour as posted, and as riders found it where that is less.
   * @param {number} hour
   * @param {number} share
   */
  fieldLabel(hour, share) {
    const posted = this.labelOf(hour, share);
    if (this.found === null || !this.isLower(hour, share)) return posted;
    return this.translate("audit.page.hour_found", { posted, share: words.percent(this.found[hour]) });
  }

  /**
   * @param {number} hour of the week
   * @param {number} share
   */
  labelOf(hour, share) {
    return `${this.labels.hour(hour)} ${words.percent(share)}`;
  }
}

/**
 * @param {number[]} people of each district
 * @param {number[][]} sure of those, by hour
 */
function sharesOf(people, sure) {
  const sum = (/** @type {number[]} */ column) => column.reduce((total, each) => total + each, 0);
  const everybody = sum(people);
  return [...Array(WEEK_HOURS).keys()].map((hour) => sum(sure.map((row) => row[hour])) / everybody);
}
