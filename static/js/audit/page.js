/** The page as a whole: a question goes in; map and figures follow, and what the server has to work out. */

import * as address from "./address.js";
import { paintDistances, paintShares } from "./map/colours.js";
import * as controls from "./controls.js";
import { mondayOf } from "./figures/days.js";
import { weekOf } from "./figures/document.js";
import { waysOf } from "./figures/ways.js";
import { showFiles } from "./files.js";
import { GapsPart } from "./gaps.js";
import { showHeadline, showShut } from "./headline.js";
import { HoursPart } from "./figures/hours.js";
import { API, errorText, RequestError } from "./jobs.js";
import { CellLayer } from "./map/layer.js";
import { Drawn, showArea } from "./map/drawing.js";
import { keepNotes } from "./map/fullscreen.js";
import { figuresWithin, within } from "./figures/area.js";
import { showLegend } from "./map/legend.js";
import { Labels } from "./labels.js";
import { LockedPart } from "./locked.js";
import { districtColumns } from "./table_columns.js";
import { Shapes } from "./map/shapes.js";
import { SitingPart } from "./siting.js";
import { SortedTable } from "./tables.js";
import * as words from "./figure_text.js";
import { byId, element } from "../shared/dom.js";

/**
 * @param {string} day
 */
async function weekOfDay(day) {
  const got = await fetch(`${API}/week?day=${day}`);
  if (!got.ok) throw new RequestError((await got.json()).detail, got.status);
  return weekOf(await got.arrayBuffer());
}

/**
 * @param {import("./controls.js").StudyParameters} study
 */
async function waysAlong(study) {
  const got = await fetch(`${API}/ways?${controls.queryOf(study)}`);
  if (!got.ok) throw new RequestError((await got.json()).detail, got.status);
  return waysOf(await got.arrayBuffer());
}

const SETTLED_MS = 700; // without a change, before a request for what the page cannot work out

export class Page {
  /**
   * @param {import("./figures/model.js").Audit} audit
   * @param {import("../shared/translate.js").Translate} translate
   * @param {L.Map} map
   * @param {L.LayerGroup} drawn the group of what people draw
   */
  constructor(audit, translate, map, drawn) {
    const { study } = audit;
    this.map = map;
    this.audit = audit;
    this.translate = translate;
    this.question = controls.currentQuestion();
    this.labels = new Labels(translate, study);
    this.layer = new CellLayer(map, study);
    this.shapes = new Shapes(map, translate, study);
    this.drawn = new Drawn(map, drawn, translate, () => this.showDrawnArea());
    keepNotes(map, byId("map-notes"));
    this.districts = this.newDistricts();
    this.hours = new HoursPart(translate, this.labels, new LockedPart(translate, this.labels));
    this.gaps = new GapsPart(translate, this.labels, this.shapes);
    this.siting = new SitingPart(translate, this.labels, this.shapes, (job) => this.offer(job));
    this.proposal = "";
    this.settling = 0;
    this.turn = 0;
  }

  /** Return an empty table of districts, whose headings name the unit of ways. */
  newDistricts() {
    const { translate } = this;
    const columns = districtColumns(translate, this.labels.district);
    const caption = translate("audit.page.districts");
    return new SortedTable(byId("districts"), caption, columns, words.sayAll(translate));
  }

  start() {
    address.read();
    controls.listen((question, what) => this.choose(question, what));
    this.siting.listen(() => this.parameters());
    this.shapes.fitCity();
    // The map grows with the panel beside it: Leaflet looks at the window only.
    new ResizeObserver(() => this.map.invalidateSize({ pan: false })).observe(this.map.getContainer());
    this.choose(controls.currentQuestion(), "stations");
    document.body.dataset.ready = "true";
  }

  /**
   * @param {import("./controls.js").StudyQuestion} question
   * @param {"stations" | "radius" | "view"} what
   */
  choose(question, what) {
    this.question = question;
    if (what !== "radius") address.write(question);
    this.turn += 1; // another week that is still on its way is not wanted any more
    if (mondayOf(question.date) !== this.audit.study.monday) return void this.turnTo(question.date);
    if (what === "stations") {
      this.audit.ask(question);
      this.shapes.showStations(this.audit.supply);
      showShut(this.translate, this.audit.supply, this.audit.study.stations);
      words.tellIn(controls.alongStreets().metresPerMinute);
      this.districts = this.newDistricts();
      if (question.along) return void this.measureAlong();
      document.getElementById("ways-told")?.replaceChildren();
    }
    this.draw();
    if (what !== "view") this.settle();
  }

  /**
   * Fetch what stations do in the week of a day, and go on with it.
   * @param {string} day
   */
  async turnTo(day) {
    const { turn } = this;
    clearTimeout(this.settling);
    byId("headline").textContent = this.translate("audit.page.working");
    try {
      const week = await weekOfDay(day);
      if (turn !== this.turn) return;
      this.audit.turnTo(week);
      this.choose(this.question, "stations");
    } catch (error) {
      if (turn === this.turn) byId("headline").textContent = errorText(this.translate, error);
    }
  }

  /** Have ways along streets measured, and go on with them. */
  async measureAlong() {
    const { turn } = this;
    clearTimeout(this.settling);
    byId("headline").textContent = this.translate("audit.page.working");
    try {
      const ways = await waysAlong(this.parameters());
      if (turn !== this.turn) return;
      const beside = this.straightBeside(); // as long as the audit is of straight lines
      this.audit.take(ways);
      const told = [beside, ...ways.words[document.documentElement.lang.slice(0, 2)]];
      byId("ways-told").replaceChildren(...told.map((text) => element("li", {}, text)));
      this.draw();
      this.settle();
    } catch (error) {
      if (turn === this.turn) byId("headline").textContent = errorText(this.translate, error);
    }
  }

  /** Say the share of people within as many metres straight. */
  straightBeside() {
    const { audit, question, translate } = this;
    const [{ sure, possible }] = audit.figures(question.radiusM);
    const values = {
      metres: words.whole(question.radiusM),
      share: words.shares(translate, sure.share, possible.share),
    };
    return translate("audit.page.straight_beside", values);
  }

  /** Show figures and colours of the present question. */
  draw() {
    const { audit, question, translate } = this;
    const figures = audit.figures(question.radiusM);
    this.paint(figures);
    this.districts.show(figures.map((row) => ({ ...row, isTotal: row.code === null })));
    const unit = question.along ? "minutes" : "metres";
    byId("radius-value").textContent = translate(`audit.page.${unit}`, { value: words.amount(question.radiusM) });
    byId("hour-value").textContent =
      question.hour === null ? translate("audit.page.any_time") : this.labels.hour(question.hour);
    showHeadline(translate, figures[0], audit.supply);
    showLegend(translate, question);
    this.hours.mark(question.hour);
    this.showDrawnArea();
    this.offer(this.proposal);
  }

  /** Show the figures of the area that is drawn, if one is. */
  showDrawnArea() {
    const { audit, question, drawn, translate } = this;
    const { ring } = drawn;
    if (!ring) return showArea(translate, null);
    const { study, supply, metres } = audit;
    const count = (/** @type {number[]} */ rows) =>
      within(
        rows.map((row) => study.stationLons[row]),
        rows.map((row) => study.stationLats[row]),
        ring,
      ).length;
    const figures = figuresWithin(study, metres, ring, question.radiusM, audit.known);
    showArea(translate, { figures, stations: [count(supply.sure), count(supply.possible)] });
  }

  /**
   * @param {import("./figures/coverage.js").Figures[]} figures of all districts, then of each
   */
  paint([, ...districts]) {
    const { audit, question, layer } = this;
    const shares = districts.map(({ sure }) => sure.share);
    if (question.by === "share") paintShares(layer.colours, audit.study.cellDistricts, shares);
    else paintDistances(layer.colours, audit.metres, question.radiusM);
    layer.paint();
  }

  /** Return the present question in the terms of the API. */
  parameters() {
    return controls.parametersOf(this.question);
  }

  /**
   * Offer files of the present question, and of the sites a job proposed.
   * @param {string} proposal
   */
  offer(proposal) {
    this.proposal = proposal;
    showFiles(this.parameters(), proposal);
  }

  /** What the server worked out is of another question now: drop it, and request it anew once the question stands still. */
  settle() {
    clearTimeout(this.settling);
    for (const part of [this.hours, this.gaps, this.siting]) part.forget();
    this.settling = setTimeout(() => {
      address.write(this.question);
      for (const part of [this.gaps, this.hours]) void part.ask(this.parameters());
    }, SETTLED_MS);
  }
}
