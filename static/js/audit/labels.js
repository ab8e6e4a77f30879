/** Labels of what the page shows: districts, places, stations, hours of the week. */

import * as words from "./figure_text.js";

const DAY_HOURS = 24;

/**
 * @typedef {import("../shared/translate.js").Translate} Translate
 * @typedef {import("./figures/document.js").StudyCells} StudyCells
 * @typedef {{id: string, name: string, name_en: string, metres: number, direction: string}} Landmark
 *   a place of the city around, or else the nearest station; `id` is that of the station
 */

export class Labels {
  /**
   * @param {Translate} translate
   * @param {StudyCells} study
   */
  constructor(translate, study) {
    const stations = new Map(study.stations.map(({ id, name }) => [id, name]));
    this.translate = translate;
    /** @type {Map<string, string>} */
    const areas = new Map(Object.entries(study.header.names));
    this.district = (/** @type {string | null} */ code) =>
      code === null ? translate("audit.all") : (areas.get(code) ?? translate(`district.${code}`));
    this.station = (/** @type {string | null} */ id) =>
      id === null ? translate("audit.page.none_sure") : (stations.get(id) ?? id);
  }

  /**
   * Return what people call a place without a name: its districts, and where it lies from its landmark, if it has one.
   * @param {string[]} districts
   * @param {Landmark | null} landmark
   * @param {string} [otherwise] what it is called without one
   */
  place(districts, landmark, otherwise = "") {
    const { translate } = this;
    const beside =
      landmark &&
      translate("audit.site.beside", {
        station: (globalThis.document?.documentElement.lang === "en" && landmark.name_en) || landmark.name,
        direction: translate(`audit.direction.${landmark.direction}`),
        way: words.way(translate, landmark.metres),
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
    return `${this.translate(`audit.page.day_${Math.floor(hour / DAY_HOURS)}`)} ${String(hour % DAY_HOURS).padStart(2, "0")}:00`;
  }
}
