/** The staff page of the coverage audit: cells in, map, figures, gaps and proposals out. */

import { curveChart, heatChart } from "./audit_charts.js";
import { BANDS, SHARES, SHARE_STEPS, paintDistances, paintShares } from "./audit_colours.js";
import * as controls from "./audit_controls.js";
import { groundOf } from "./audit_document.js";
import { answer, Job, Refusal } from "./audit_jobs.js";
import { CellLayer } from "./audit_layer.js";
import { Audit } from "./audit_model.js";
import * as reading from "./audit_reading.js";
import { Shapes } from "./audit_shapes.js";
import { SortedTable } from "./audit_tables.js";
import * as words from "./audit_words.js";
import { byId, element } from "./dom.js";
import { shell } from "./ground.js";
import { wordsOf } from "./i18n.js";
import { resource } from "./resource.js";

const SETTLED_MS = 700; // without a change, before the server is asked for what the page cannot work out
const API = "/api/v1/audit";

class Page {
  /**
   * @param {Audit} audit
   * @param {import("./i18n.js").Words} say
   * @param {any} map
   */
  constructor(audit, say, map) {
    const { ground } = audit;
    this.audit = audit;
    this.say = say;
    this.stated = ground.header.stated;
    this.choice = controls.choice();
    this.layer = new CellLayer(map, ground);
    this.shapes = new Shapes(map, say, ground);
    this.names = new Map(ground.stations.map(({ id, name }) => [id, name]));
    const nameOf = (/** @type {string | null} */ code) => (code === null ? say("audit.all") : say(`district.${code}`));
    const stationOf = (/** @type {string | null} */ id) => (id === null ? "–" : (this.names.get(id) ?? id));
    this.nameOf = nameOf;
    this.stationOf = stationOf;
    const sayAll = (/** @type {number} */ count) => say("audit.page.all_rows", { count: words.whole(count) });
    const byPeople = { key: "people", down: true };
    this.districts = new SortedTable(byId("districts"), say("audit.page.districts"), reading.districtColumns(say, nameOf), sayAll);
    const open = (/** @type {number} */ rank) => this.openGap(rank);
    this.gapTable = new SortedTable(byId("gap-table"), say("audit.page.gaps"), reading.gapColumns(say, nameOf, stationOf, open), sayAll, byPeople);
    this.siteTable = new SortedTable(byId("site-table"), say("audit.page.sites"), reading.siteColumns(say, nameOf, stationOf), sayAll);
    /** @type {Job | null} */
    this.gapJob = null;
    /** @type {Job | null} */
    this.siteJob = null;
    this.proposalJob = "";
    this.settling = 0;
    this.turn = 0;
  }

  start() {
    const { ground } = this.audit;
    controls.listen((choice, what) => this.choose(choice, what));
    byId("site-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.propose();
    });
    byId("site-cancel").addEventListener("click", () => this.siteJob?.callOff());
    controls.select("objective").addEventListener("change", () => this.fitForm());
    this.fitForm();
    this.shapes.map.options.zoomSnap = 0.25; // the city as large as there is room for
    this.shapes.map.fitBounds(
      [
        [least(ground.lats), least(ground.lons)],
        [most(ground.lats), most(ground.lons)],
      ],
      { animate: false },
    );
    this.choose(controls.choice(), "stations");
    document.body.dataset.ready = "true";
  }

  /**
   * @param {import("./audit_controls.js").Choice} choice
   * @param {"stations" | "radius" | "view"} what
   */
  choose(choice, what) {
    this.choice = choice;
    if (what === "stations") {
      this.audit.ask(choice);
      this.shapes.showStations(this.audit.supply);
    }
    this.draw();
    if (what !== "view") this.settle();
  }

  /** Show figures and colours of the present choice. */
  draw() {
    const { audit, choice, layer } = this;
    const figures = audit.figures(choice.radiusM);
    const [total, ...districts] = figures;
    if (choice.by === "share") {
      const shares = districts.map(({ sure }) => sure.share);
      paintShares(layer.colours, audit.ground.cellDistricts, shares);
    } else paintDistances(layer.colours, audit.metres, choice.radiusM);
    layer.paint();
    this.districts.show(figures.map((row) => ({ ...row, isTotal: row.code === null })));
    this.headline(total);
    this.legend();
    this.links();
  }

  /**
   * @param {import("./audit_figures.js").Figures} total
   */
  headline({ sure, possible, people }) {
    const { say, choice } = this;
    byId("radius-value").textContent = say("audit.page.metres", { value: words.whole(choice.radiusM) });
    byId("hour-value").textContent = choice.hour === null ? say("audit.page.any_time") : this.hourName(choice.hour);
    byId("share").textContent = words.both(sure.share, possible.share, words.percent);
    byId("headline").textContent = say("audit.page.headline", {
      served: words.both(sure.people, possible.people, words.people),
      people: words.people(people),
      area: words.both(sure.areaShare, possible.areaShare, words.percent),
      mean: words.both(sure.meanM, possible.meanM, words.whole),
      p50: words.both(sure.p50M, possible.p50M, words.whole),
      p90: words.both(sure.p90M, possible.p90M, words.whole),
    });
    const { sure: surely, possible: possibly } = this.audit.supply;
    byId("counting").textContent = say("audit.page.counting", { sure: surely.length, possible: possibly.length });
  }

  legend() {
    const { say, choice } = this;
    const metres = (/** @type {number} */ times) => words.whole(choice.radiusM * times);
    const percents = [0, ...SHARE_STEPS, 1].map((share) => Math.round(share * 100));
    const lines =
      choice.by === "share"
        ? SHARES.map((colour, at) => [colour, `${percents[at]}–${percents[at + 1]} %`])
        : [
            [BANDS[0], say("audit.page.within", { metres: metres(0.5) })],
            [BANDS[1], say("audit.page.within", { metres: metres(1) })],
            [BANDS[2], say("audit.page.possibly_within", { metres: metres(1) })],
            [BANDS[3], say("audit.page.within", { metres: metres(2) })],
            [BANDS[4], say("audit.page.within", { metres: metres(3) })],
            [BANDS[5], say("audit.page.beyond", { metres: metres(3) })],
          ];
    byId("audit-legend").replaceChildren(...lines.map(([colour, text]) => element("li", {}, swatch(colour), text)));
  }

  /** Offer the present choice as files. */
  links() {
    const query = controls.queryOf({ ...this.asked(), lang: document.documentElement.lang.slice(0, 2) });
    for (const link of document.querySelectorAll("a[data-file]")) {
      const [file, outcome] = (link.getAttribute("data-file") ?? "").split(" ");
      const job = this.proposalJob && (outcome === "sites" || !outcome) ? `&job=${encodeURIComponent(this.proposalJob)}` : "";
      link.setAttribute("href", `${API}/${file}?${query}${outcome ? `&outcome=${outcome}` : ""}${job}`);
      if (outcome === "sites") link.closest("li")?.toggleAttribute("hidden", !this.proposalJob);
    }
  }

  asked() {
    return controls.asked(this.choice, this.stated.parameters.week_of);
  }

  /** What the server works out is of another choice now: drop it, and ask once the choice stands still. */
  settle() {
    clearTimeout(this.settling);
    this.gapJob?.callOff();
    this.gapJob = null;
    this.turn += 1;
    this.shapes.showGaps([], () => element("p"));
    this.gapTable.show([]);
    byId("gap-state").textContent = this.say("audit.page.working");
    this.forgetSites();
    this.settling = setTimeout(() => {
      void this.findGaps();
      void this.showHours();
    }, SETTLED_MS);
  }

  async showHours() {
    const { say, turn } = this;
    const { at, ...asked } = this.asked();
    try {
      const found = await answer(`${API}/hours?${controls.queryOf(asked)}`);
      if (turn !== this.turn) return;
      const sum = (/** @type {number[]} */ column) => column.reduce((total, each) => total + each, 0);
      const everybody = sum(found.people);
      const shares = [...Array(168).keys()].map((hour) => sum(found.sure.map((/** @type {number[]} */ row) => row[hour])) / everybody);
      const days = [...Array(7).keys()].map((day) => say(`audit.page.day_${day}`));
      const tell = (/** @type {number} */ hour) => `${this.hourName(hour)}: ${words.percent(shares[hour])}`;
      const [low, high] = [Math.min(...shares), Math.max(...shares)].map((share) => shares.indexOf(share));
      const told = say("audit.page.hours_told", { low: tell(low), high: tell(high) });
      byId("hours-told").textContent = told;
      byId("heat").replaceChildren(heatChart(shares, { label: told, days, tell, onHour: controls.chooseHour }));
    } catch (error) {
      if (turn === this.turn) byId("hours-told").textContent = this.excuse(error);
    }
  }

  async findGaps() {
    const { say } = this;
    const job = (this.gapJob = new Job(`${API}/jobs`, { kind: "gaps", ...this.asked() }, () => undefined));
    try {
      const found = await job.result();
      if (!found || this.gapJob !== job) return;
      job.drop(); // the page has it now
      const gaps = found.gaps.features.map((/** @type {any} */ { properties }) => properties);
      this.shapes.showGaps(found.gaps.features, (gap) => this.gapFacts(gap));
      this.gapTable.show(gaps);
      byId("gap-state").textContent = say("audit.page.gaps_told", {
        count: words.whole(gaps.length),
        people: words.whole(found.gaps.people),
        area: words.tenth(found.gaps.area_km2),
      });
    } catch (error) {
      if (this.gapJob === job) byId("gap-state").textContent = this.excuse(error);
    }
  }

  /**
   * @param {number} rank
   */
  openGap(rank) {
    byId("audit-map").scrollIntoView({ block: "nearest" });
    this.shapes.openGap(rank);
  }

  /**
   * @param {any} gap
   */
  gapFacts(gap) {
    const { say } = this;
    const title = (/** @type {string} */ key) => say(`audit.page.${key}`);
    return reading.facts(say("audit.page.gap_name", { rank: gap.rank }), [
      [title("people"), words.whole(gap.people)],
      [title("area_km2"), words.tenth(gap.area_km2)],
      [title("district"), gap.districts.map(this.nameOf).join(", ")],
      [title("nearest"), this.stationOf(gap.nearest_id)],
      [title("nearest_m"), words.whole(gap.nearest_m)],
      [title("hours"), words.spans(gap.hours)],
      [title("best_site"), gap.site.map((/** @type {number} */ degrees) => degrees.toFixed(5)).join(", ")],
      [title("site_people"), words.whole(gap.site_people)],
    ]);
  }

  /** Show the fields an objective needs. */
  fitForm() {
    const isCover = controls.select("objective").value === "set_cover";
    byId("n-field").hidden = isCover;
    byId("share-field").hidden = !isCover;
  }

  async propose() {
    this.forgetSites();
    const { say } = this;
    const objective = controls.select("objective").value;
    const amount =
      objective === "set_cover" ? { share: Number(controls.input("target").value) / 100 } : { n: Number(controls.input("n").value) };
    const spacing = objective === "longer_hours" ? {} : { spacing: Number(controls.input("spacing").value) };
    const bar = /** @type {HTMLProgressElement} */ (byId("site-progress"));
    const show = (/** @type {number} */ progress, /** @type {string} */ phase, /** @type {string} */ state) => {
      bar.value = progress;
      byId("site-state").textContent = say(`audit.phase.${state === "waiting" ? "waiting" : phase || "begin"}`);
    };
    const asked = { kind: "sites", ...this.asked(), objective, ...amount, ...spacing };
    const job = (this.siteJob = new Job(`${API}/jobs`, asked, show));
    this.isProposing(true);
    try {
      const found = await job.result();
      if (this.siteJob !== job) return;
      if (found) this.showProposal(found);
      else byId("site-state").textContent = say("audit.page.cancelled");
    } catch (error) {
      if (this.siteJob === job) byId("site-state").textContent = this.excuse(error);
    } finally {
      if (this.siteJob === job) this.isProposing(false);
    }
  }

  /**
   * @param {boolean} is
   */
  isProposing(is) {
    byId("site-progress").hidden = byId("site-cancel").hidden = !is;
    byId("site-begin").toggleAttribute("disabled", is);
  }

  /** Drop a proposal, which is of another choice, and whatever looks for one. */
  forgetSites() {
    this.siteJob?.callOff();
    this.siteJob = null;
    this.proposalJob = "";
    this.isProposing(false);
    byId("site-state").textContent = "";
    byId("curve").replaceChildren();
    byId("proposal").hidden = true;
    this.siteTable.show([]);
    this.shapes.showSites([], () => element("p"));
    this.links();
  }

  /**
   * @param {any} found
   */
  showProposal({ proposal, job }) {
    const { say } = this;
    this.proposalJob = job;
    const tell = (/** @type {number} */ value) => say(`audit.page.unit_${proposal.unit}`, { value: words.whole(value) });
    byId("site-state").textContent = say(proposal.proved ? "audit.page.proved" : "audit.page.unproved", {
      sites: proposal.sites.length,
      before: tell(proposal.before),
      value: tell(proposal.value),
      bound: tell(proposal.bound),
      gap: `${(proposal.gap * 100).toFixed(2)} %`,
      seed: proposal.seed,
      seconds: proposal.seconds.toFixed(1),
    });
    const isPeople = proposal.unit === "sites";
    const axis = isPeople ? (/** @type {number} */ value) => say("audit.page.unit_people", { value: words.whole(value) }) : tell;
    byId("curve").replaceChildren(curveChart(proposal.curve, { label: say("audit.page.curve"), tell: axis }));
    byId("proposal").hidden = false;
    this.siteTable.show(proposal.sites);
    this.shapes.showSites(proposal.sites, (site) =>
      reading.facts(say("audit.page.site_name", { rank: site.rank }), [
        [say("audit.page.people_added"), words.whole(site.people_added)],
        [say("audit.page.district"), site.district ? this.nameOf(site.district) : "–"],
        [say("audit.page.place"), `${site.lon.toFixed(5)}, ${site.lat.toFixed(5)}`],
      ]),
    );
    this.links();
  }

  /**
   * @param {number} hour of the week
   */
  hourName(hour) {
    return `${this.say(`audit.page.day_${Math.floor(hour / 24)}`)} ${String(hour % 24).padStart(2, "0")}:00`;
  }

  /**
   * @param {unknown} error
   */
  excuse(error) {
    if (!(error instanceof Refusal)) console.warn(error);
    return this.say("audit.page.refused", { detail: error instanceof Refusal ? error.message : "" });
  }
}

/**
 * @param {string} colour
 */
function swatch(colour) {
  const made = element("span", { class: "audit-swatch", "aria-hidden": "true" });
  made.style.backgroundColor = colour;
  return made;
}

/**
 * @param {Float64Array} values
 */
function least(values) {
  return values.reduce((low, each) => Math.min(low, each), Infinity);
}

/**
 * @param {Float64Array} values
 */
function most(values) {
  return values.reduce((high, each) => Math.max(high, each), -Infinity);
}

async function cells() {
  const got = await fetch(`${API}/cells`);
  if (!got.ok) throw new Error(`cells: ${got.status}`);
  return got.arrayBuffer();
}

async function main() {
  const [common, own] = await Promise.all([resource("words"), resource("audit-words")]);
  const say = wordsOf({ ...common, ...own });
  try {
    const [data, { map }] = await Promise.all([cells(), shell]);
    new Page(new Audit(groundOf(data)), say, map).start();
  } catch (error) {
    console.warn(error);
    byId("headline").textContent = say("audit.page.refused", { detail: "" });
  }
}

void main();
