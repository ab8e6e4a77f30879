/** The part of the page that proposes: what to build or open longer next, with progress, ended early or cancelled at will. */

import { curveChart } from "./charts.js";
import * as controls from "./controls.js";
import { API, errorText, Job } from "./jobs.js";
import { placeOf } from "./map/place.js";
import * as reading from "./table_columns.js";
import { SortedTable } from "./tables.js";
import * as words from "./figure_text.js";
import { byId, element } from "../shared/dom.js";

/**
 * @typedef {object} Site a place chosen, or a station that is to open longer
 * @property {number} rank
 * @property {string} id
 * @property {number} lon
 * @property {number} lat
 * @property {string} district
 * @property {number} people_added in the unit of the proposal, given the sites ranked before
 * @property {number} people_in_all with it and the sites ranked before
 * @property {number[]} hours of the week at which the station is to open; [] for a new site
 * @property {{id: string, name: string, metres: number, people_added: number} | null} shut a station beside it that would do if it opened longer
 * @property {import("./labels.js").Landmark | null} landmark
 *
 * @typedef {"people" | "sites" | "metres" | "minutes" | "people_hours"} Unit
 * @typedef {object} Proposal
 * @property {string} objective
 * @property {Unit} unit
 * @property {Site[]} sites
 * @property {number} before value without the sites
 * @property {number} value
 * @property {number} bound which no choice of sites can pass
 * @property {number | null} gap what the bound promises beyond the value; null where there is nothing to compare it with
 * @property {boolean} proved whether nothing is left of the gap
 * @property {number} seed
 * @property {number} seconds
 * @property {[n: number, value: number][]} curve
 * @property {{candidates: number}} parameters
 * @property {string} among what sites were chosen from
 *
 * @typedef {{proposal: Proposal}} SitingResult
 */

export class SitingPart {
  /**
   * @param {import("../shared/translate.js").Translate} translate
   * @param {import("./labels.js").Labels} labels
   * @param {import("./map/shapes.js").Shapes} shapes
   * @param {(job: string) => void} onProposal called with the job that made one, "" when it is dropped
   */
  constructor(translate, labels, shapes, onProposal) {
    this.translate = translate;
    this.labels = labels;
    this.shapes = shapes;
    this.onProposal = onProposal;
    /** @type {Job<SitingResult> | null} */
    this.job = null;
  }

  /**
   * @param {() => import("./controls.js").StudyParameters} study the present study
   */
  listen(study) {
    byId("site-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.propose(study());
    });
    byId("site-enough").addEventListener("click", () => this.endEarly());
    byId("site-cancel").addEventListener("click", () => this.job?.cancel());
    controls.select("objective").addEventListener("change", fitForm);
    fitForm();
  }

  /** Drop a proposal, which is of another choice, and whatever looks for one. */
  forget() {
    this.job?.cancel();
    this.job = null;
    this.isBusy(false);
    byId("site-state").textContent = "";
    byId("curve").replaceChildren();
    byId("proposal").hidden = true;
    byId("site-table").replaceChildren();
    this.shapes.showSites([], () => element("p"));
    this.onProposal("");
  }

  /**
   * @param {import("./controls.js").StudyParameters} study
   */
  async propose(study) {
    this.forget();
    const { translate } = this;
    const parameters = { kind: "sites", ...study, ...sitingParameters() };
    /** @type {Job<SitingResult>} */
    const job = new Job(`${API}/jobs`, parameters, (...progress) => this.showProgress(...progress));
    this.job = job;
    this.isBusy(true);
    try {
      const found = await job.result();
      if (this.job !== job) return;
      if (found) this.show(found);
      else byId("site-state").textContent = translate("audit.page.cancelled");
    } catch (error) {
      if (this.job === job) byId("site-state").textContent = errorText(translate, error);
    } finally {
      if (this.job === job) this.isBusy(false);
    }
  }

  /** Take what was found so far; the button stays off while the server is on its way there. */
  endEarly() {
    this.job?.endEarly();
    this.showState("ending");
  }

  /**
   * Show how far the work is.
   * @param {number} progress
   * @param {string} phase
   * @param {string} status
   */
  showProgress(progress, phase, status) {
    const bar = /** @type {HTMLProgressElement} */ (byId("site-progress"));
    bar.value = progress;
    this.showState(this.job?.isEnough ? "ending" : status === "waiting" ? "waiting" : phase || "begin");
  }

  /**
   * @param {string} phase
   */
  showState(phase) {
    byId("site-enough").toggleAttribute("disabled", phase === "ending");
    byId("site-state").textContent = this.translate(`audit.phase.${phase}`);
  }

  /**
   * @param {boolean} is
   */
  isBusy(is) {
    byId("site-progress").hidden = byId("site-enough").hidden = byId("site-cancel").hidden = !is;
    byId("site-enough").removeAttribute("disabled");
    byId("site-begin").toggleAttribute("disabled", is);
  }

  /**
   * @param {SitingResult & {job: string}} found
   */
  show({ proposal, job }) {
    const unit = (/** @type {string} */ name) => (/** @type {number} */ value) =>
      this.translate(`audit.page.unit_${name}`, {
        value: name === "minutes" ? words.tenth(value) : words.whole(value),
      });
    byId("site-state").textContent = this.verdict(proposal, unit(proposal.unit));
    const [along, up] = [
      unit(proposal.unit === "people_hours" ? "station_hours" : "sites"),
      unit(proposal.unit === "sites" ? "people" : proposal.unit),
    ];
    const format = (/** @type {number} */ n, /** @type {number} */ value) =>
      this.translate("audit.page.curve_point", { sites: along(n), value: up(value) });
    const ends = [proposal.curve[0], proposal.curve[proposal.curve.length - 1]]
      .map(([n, value]) => format(n, value))
      .join("; ");
    byId("curve").replaceChildren(
      curveChart(proposal.curve, { label: `${this.translate("audit.page.curve")}: ${ends}`, format }),
    );
    byId("proposal").hidden = false;
    this.list(proposal);
    this.shapes.showSites(proposal.sites, (site) => this.facts(site, proposal.objective));
    this.onProposal(job);
  }

  /**
   * @param {Proposal} proposal
   */
  list({ objective, sites }) {
    const { translate, labels, shapes } = this;
    const open = (/** @type {number} */ rank) => shapes.openSite(rank);
    const columns = reading.siteColumns(translate, objective, (site) => labels.site(site), open);
    new SortedTable(byId("site-table"), translate("audit.page.sites"), columns, words.sayAll(translate)).show(sites);
  }

  /**
   * Say what a proposal is worth, and how much better any could be.
   * @param {Proposal} proposal
   * @param {(value: number) => string} unit
   */
  verdict(proposal, unit) {
    const best = proposal.objective === "set_cover" ? "fewest_" : "";
    const among = this.translate(`audit.among.${proposal.among}`, {
      count: words.whole(proposal.parameters.candidates),
    });
    const verdict = this.translate(`audit.page.${best}${proposal.proved ? "proved" : "unproved"}`, {
      sites: proposal.sites.length,
      before: unit(proposal.before),
      value: unit(proposal.value),
      bound: unit(proposal.bound),
      // Where sites bring nothing about, no share of it can be left.
      gap: proposal.gap === null ? this.translate("audit.page.no_ratio") : words.gap(proposal.gap),
      seed: proposal.seed,
      seconds: proposal.seconds.toFixed(1),
    });
    return this.translate("audit.page.among_told", { among, told: verdict });
  }

  /**
   * @param {Site} site
   * @param {string} objective
   */
  facts(site, objective) {
    const { translate, labels } = this;
    /** @type {[string, string]} */
    const open = [translate("audit.page.open_at"), reading.hoursOfWeek(translate, site.hours)];
    return reading.facts(translate("audit.page.site_name", { rank: site.rank }), [
      [translate("audit.page.site"), labels.site(site)],
      [reading.addedTitles(translate, objective)[0], words.whole(site.people_added)],
      [translate("audit.page.place"), placeOf(translate, [site.lon, site.lat], labels.site(site))],
      [translate("audit.page.site_id"), site.id],
      ...(objective === "longer_hours" ? [open] : []),
      ...this.shut(site),
    ]);
  }

  /**
   * Tell which station beside a site would do if it opened longer.
   * @param {Site} site
   * @returns {[string, string][]}
   */
  shut({ shut }) {
    if (!shut) return [];
    const values = { name: shut.name, metres: words.amount(shut.metres), people: words.whole(shut.people_added) };
    return [[this.translate("audit.page.instead"), this.translate(`audit.page.${words.inUnit("shut_told")}`, values)]];
  }
}

/** Return what the form requests, in the terms of the API. */
function sitingParameters() {
  const number = (/** @type {string} */ id) => Number(controls.input(id).value);
  const objective = controls.select("objective").value;
  const amount = objective === "set_cover" ? { share: number("target") / 100 } : { n: number("n") };
  return { objective, ...amount, ...(objective === "longer_hours" ? {} : { spacing: number("spacing") }) };
}

/** Show the fields an objective needs. */
function fitForm() {
  const objective = controls.select("objective").value;
  byId("n-field").hidden = objective === "set_cover";
  byId("share-field").hidden = objective !== "set_cover";
  byId("spacing-field").hidden = objective === "longer_hours";
}
