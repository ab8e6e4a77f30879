/** Labels of what the page shows: districts, places, stations, hours of the week. */

import * as words from "./figure_text.js";

const DAY_HOURS = 24;

/**
 * @typedef {import("../shared/translate.js").Words} Words
 * @typedef {import("./figures/document.js").StudyCells} StudyCells
 * @typedef {{id: string, name: string, metres: number, direction: string}} Landmark the station nearest to a place
 */

export class Labels {
  /**
   * @param {Words} say
   * @param {StudyCells} study
   */
  constructor(say, study) {
    const stations = new Map(study.stations.map(({ id, name }) => [id, name]));
    this.say = say;
    /** @type {Map<string, string>} */
    const areas = new Map(Object.entries(study.header.names));
    this.district = (/** @type {string | null} */ code) =>
      code === null ? say("audit.all") : (areas.get(code) ?? say(`district.${code}`));
    this.station = (/** @type {string | null} */ id) =>
      id === null ? say("audit.page.none_sure") : (stations.get(id) ?? id);
  }

  /**
   * Return what people call a place without a name: its districts, and where it lies from its landmark, if it has one.
   * @param {string[]} districts
   * @param {Landmark | null} landmark
   * @param {string} [otherwise] what it is called without one
   */
  place(districts, landmark, otherwise = "") {
    const { say } = this;
    const beside =
      landmark &&
      say("audit.site.beside", {
        station: landmark.name,
        direction: say(`audit.direction.${landmark.direction}`),
        way: words.way(say, landmark.metres),
      });
    return [...districts.map(this.district), beside || otherwise].filter(Boolean).join(" · ");
  }

  /**
   * Return what people call a proposed site: the station that is to open longer, or where a new one would be.
   * @param {import("./siting.js").Site} site
   */
  site({ id, district, landmark }) {
    return this.place(district ? [district] : [], landmark, this.station(id));
  }

  /**
   * @param {number} hour of the week, from Monday 00:00
   */
  hour(hour) {
    return `${this.say(`audit.page.day_${Math.floor(hour / DAY_HOURS)}`)} ${String(hour % DAY_HOURS).padStart(2, "0")}:00`;
  }
}
