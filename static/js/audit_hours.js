/** The part of the page that tells coverage at each hour of a week. */

import { heatChart } from "./audit_charts.js";
import { chooseHour, queryOf } from "./audit_controls.js";
import { answer, API, excuse } from "./audit_jobs.js";
import * as words from "./audit_words.js";
import { byId } from "./dom.js";

const WEEK_HOURS = 168;

export class HoursPart {
  /**
   * @param {import("./i18n.js").Words} say
   * @param {import("./audit_names.js").Names} names
   */
  constructor(say, names) {
    this.say = say;
    this.names = names;
    this.turn = 0;
  }

  /** Whatever is on its way is of another choice. */
  forget() {
    this.turn += 1;
  }

  /**
   * @param {Record<string, any>} asked whose moment does not matter here
   */
  async ask({ at: _, ...asked }) {
    const { turn } = this;
    try {
      const found = await answer(`${API}/hours?${queryOf(asked)}`);
      if (turn === this.turn) this.show(sharesOf(found));
    } catch (error) {
      if (turn === this.turn) byId("hours-told").textContent = excuse(this.say, error);
    }
  }

  /**
   * @param {number[]} shares by hour of the week
   */
  show(shares) {
    const { say, names } = this;
    const days = [...Array(7).keys()].map((day) => say(`audit.page.day_${day}`));
    const tell = (/** @type {number} */ hour) => `${names.hour(hour)} ${words.percent(shares[hour])}`;
    const [low, high] = [Math.min(...shares), Math.max(...shares)].map((share) => shares.indexOf(share));
    const told = say("audit.page.hours_told", { low: tell(low), high: tell(high) });
    byId("hours-told").textContent = told;
    byId("heat").replaceChildren(heatChart(shares, { label: told, days, tell, onHour: chooseHour }));
  }
}

/**
 * @param {{people: number[], sure: number[][]}} found thousandths of people by district, and by district and hour
 */
function sharesOf({ people, sure }) {
  const sum = (/** @type {number[]} */ column) => column.reduce((total, each) => total + each, 0);
  const everybody = sum(people);
  return [...Array(WEEK_HOURS).keys()].map((hour) => sum(sure.map((row) => row[hour])) / everybody);
}
