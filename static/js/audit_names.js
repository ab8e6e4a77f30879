/** Names of what the page speaks of: districts, stations, hours of the week. */

const DAY_HOURS = 24;

/**
 * @typedef {import("./i18n.js").Words} Words
 * @typedef {import("./audit_document.js").Ground} Ground
 */

export class Names {
  /**
   * @param {Words} say
   * @param {Ground} ground
   */
  constructor(say, ground) {
    const stations = new Map(ground.stations.map(({ id, name }) => [id, name]));
    this.say = say;
    this.district = (/** @type {string | null} */ code) => (code === null ? say("audit.all") : say(`district.${code}`));
    this.station = (/** @type {string | null} */ id) => (id === null ? "–" : (stations.get(id) ?? id));
  }

  /**
   * @param {number} hour of the week, from Monday 00:00
   */
  hour(hour) {
    return `${this.say(`audit.page.day_${Math.floor(hour / DAY_HOURS)}`)} ${String(hour % DAY_HOURS).padStart(2, "0")}:00`;
  }
}
