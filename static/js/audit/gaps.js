/** The part of the page that tells where people are not served: found by the server, on the map and in a table. */

import { API, errorText, Job } from "./jobs.js";
import { placeOf } from "./map/place.js";
import * as reading from "./table_columns.js";
import { SortedTable } from "./tables.js";
import * as words from "./figure_text.js";
import { byId, element } from "../shared/dom.js";

/**
 * @typedef {object} Gap cells side by side, partly out of reach of every station that counts
 * @property {number} rank 1 is the gap of most people
 * @property {number} people
 * @property {number} area_km2
 * @property {string[]} districts
 * @property {string | null} nearest_id the station nearest to those of its people who have furthest to go
 * @property {number | null} nearest_m how far they have to go
 * @property {number[]} hours of a day at which most of its people have no station open in reach
 * @property {[lon: number, lat: number]} site where a station would add most people
 * @property {import("./labels.js").Landmark | null} landmark of the site
 * @property {number} site_people
 * @property {string | null} site_nearest_id
 * @property {number | null} site_nearest_m
 *
 * @typedef {GeoJSON.Feature<GeoJSON.Polygon | GeoJSON.MultiPolygon, Gap>} GapFeature
 * @typedef {{features: GapFeature[], people: number, area_km2: number}} Gaps with the people and the area of all
 */

export class GapsPart {
  /**
   * @param {import("../shared/translate.js").Translate} translate
   * @param {import("./labels.js").Labels} labels
   * @param {import("./map/shapes.js").Shapes} shapes
   */
  constructor(translate, labels, shapes) {
    this.translate = translate;
    this.labels = labels;
    this.shapes = shapes;
    this.table = this.newTable();
    /** @type {Job<{gaps: Gaps}> | null} */
    this.job = null;
  }

  /** Return an empty table, whose headings name the unit of ways. */
  newTable() {
    const { translate, labels, shapes } = this;
    const columns = reading.gapColumns(translate, labels, (rank) => shapes.openGap(rank));
    return new SortedTable(byId("gap-table"), translate("audit.page.gaps"), columns, words.sayAll(translate), {
      key: "people",
      down: true,
    });
  }

  /** Drop gaps, which are of another choice, and whatever looks for them. */
  forget() {
    this.job?.cancel();
    this.job = null;
    this.shapes.showGaps([], () => element("p"));
    this.table = this.newTable();
    this.table.show([]);
    byId("gap-state").textContent = this.translate("audit.page.working");
  }

  /**
   * @param {import("./controls.js").StudyParameters} study
   */
  async ask(study) {
    /** @type {Job<{gaps: Gaps}>} */
    const job = new Job(`${API}/jobs`, { kind: "gaps", ...study }, () => undefined);
    this.job = job;
    try {
      const found = await job.result();
      if (!found || this.job !== job) return;
      job.drop(); // the page has it now
      this.show(found.gaps);
    } catch (error) {
      if (this.job === job) byId("gap-state").textContent = errorText(this.translate, error);
    }
  }

  /**
   * @param {Gaps} found
   */
  show({ features, people, area_km2 }) {
    this.shapes.showGaps(features, (gap) => this.facts(gap));
    this.table.show(features.map(({ properties }) => properties));
    byId("gap-state").textContent = this.translate("audit.page.gaps_told", {
      count: words.whole(features.length),
      people: words.whole(people),
      area: words.tenth(area_km2),
    });
  }

  /**
   * @param {Gap} gap
   */
  facts(gap) {
    const { translate, labels } = this;
    const title = (/** @type {string} */ key) => translate(`audit.page.${key}`);
    return reading.facts(translate("audit.page.gap_name", { rank: gap.rank }), [
      [title("people"), words.whole(gap.people)],
      [title("area_km2"), words.tenth(gap.area_km2)],
      [title("where"), labels.place(gap.districts, gap.landmark)],
      [title(words.inUnit("nearest_m")), words.metresForSure(translate, gap.nearest_m)],
      [title("nearest"), labels.station(gap.nearest_id)],
      [title("hours"), words.spans(translate, gap.hours)],
      [title("best_site"), placeOf(translate, gap.site, labels.place(gap.districts, gap.landmark))],
      [title("site_people"), words.whole(gap.site_people)],
      [title(words.inUnit("nearest_m_of_site")), words.metresForSure(translate, gap.site_nearest_m)],
      [title("nearest_of_site"), labels.station(gap.site_nearest_id)],
    ]);
  }
}
