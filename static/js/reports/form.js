/** The form for a report: two taps, what may be added after the second, and what became of it. */

import { detailsOf } from "./choices.js";
import { chooser, lastStep, more, settledStep, waitingStep } from "./form_steps.js";
import { ownReports } from "./kept.js";
import { add, amend, drop, forget, MAX_HOLD_MS } from "./outbox.js";
import { Panel } from "./panel.js";
import { othersLines } from "./report_texts.js";
import { takeBack } from "./sending.js";
import { knownStation, othersOf, postedNow } from "./station_facts.js";
import { now } from "../shared/clock.js";

const HOLD_MS = 20_000; // for adding something after the second tap

export class ReportForm {
  /**
   * @param {import("../shared/translate.js").Translate} translate
   * @param {import("./site.js").ReportSite} site
   * @param {import("./form_loader.js").Opened} opened
   * @param {() => Promise<void>} send
   */
  constructor(translate, site, { id, name, button }, send) {
    this.translate = translate;
    this.site = site;
    this.station = { id, name };
    this.send = send;
    /** @type {Record<string, boolean>} */
    this.facilities = {};
    /** @type {import("./kept.js").Waiting | null} */
    this.waiting = null;
    /** @type {import("./outbox.js").Outcome | null} */
    this.outcome = null;
    this.isHeld = false;
    /** @type {ReturnType<typeof chooser> | null} */
    this.step = null;
    const texts = { title: translate("report.title"), name, closeName: translate("report.close") };
    this.panel = new Panel(texts, () => void this.release());
    this.panel.before = button;
  }

  open() {
    const { translate, panel, site } = this;
    this.step = chooser(translate, site, (said) => void this.choose(said));
    panel.open(this.step.nodes);
    void this.tellWhatIsKnown();
  }

  close() {
    this.panel.close();
  }

  /** Say what is posted now, what others report of late, and what this phone reported. */
  async tellWhatIsKnown() {
    const { translate, site, station, step } = this;
    const { pages } = site;
    void ownReports(station.id).then((own) => step?.showOwn(own));
    const others = othersOf(site.stations, station.id);
    const known = await knownStation(station.id, pages).catch(() => null);
    if (known) {
      this.facilities = known.station.facilities;
      step?.showPosted(postedNow(translate, known));
    }
    const found = await others;
    if (found) step?.showOthers(othersLines(translate, found, now()));
  }

  /**
   * Keep a report, and send it at once unless more may be said of it.
   * @param {{kind: string, text: string, contact: string}} said
   */
  async choose({ kind, text, contact }) {
    const { id, name } = this.station;
    const codes = detailsOf(this.facilities)[kind];
    this.isHeld = Boolean(codes);
    const said = { station_id: id, kind, name, ...(text && { text }), ...(contact && { contact }) };
    this.waiting = await add(said, codes ? HOLD_MS : 0);
    if (!this.waiting) return this.step?.complain(this.translate("report.full"));
    if (codes) this.panel.show(this.moreStep(kind, codes, text));
    else await this.showWaiting();
    await this.send();
  }

  /**
   * @param {string} kind
   * @param {string[]} codes
   * @param {string} text
   */
  moreStep(kind, codes, text) {
    const { id } = /** @type {import("./kept.js").Waiting} */ (this.waiting).body;
    return more(
      this.translate,
      { kind, codes, text },
      {
        add: (found) => void amend(id, found, HOLD_MS).then(() => this.send()),
        // For finding a place on the map.
        wait: () => void amend(id, {}, MAX_HOLD_MS).then(() => this.send()),
        done: () => void this.release().then(() => this.showWaiting()),
        undo: () => void this.undo(),
      },
    );
  }

  /** Let the report go that waited for more to be said. */
  async release() {
    if (!this.isHeld || !this.waiting) return;
    this.isHeld = false;
    await amend(this.waiting.body.id, {}, 0);
    await this.send();
  }

  /** @param {import("./outbox.js").Outcome} outcome */
  isAbout({ receipt }) {
    return this.panel.element.isConnected && this.waiting?.body.id === receipt.id;
  }

  /** @param {import("./outbox.js").Outcome} outcome */
  settled(outcome) {
    this.isHeld = false;
    this.outcome = outcome;
    const { translate, site } = this;
    this.panel.show(settledStep(translate, site, outcome, { undo: () => void this.undo(), close: () => this.close() }));
  }

  /** Say that the report waits, where nothing became of it yet. */
  async flushed() {
    if (this.waiting && !this.isHeld && !this.outcome) await this.showWaiting(true);
  }

  /** @param {boolean} [isTried] whether sending was tried */
  async showWaiting(isTried = false) {
    if (!this.waiting || this.outcome) return;
    const nodes = await waitingStep(this.translate, isTried, {
      undo: () => void this.undo(),
      close: () => this.close(),
    });
    if (!this.outcome && this.panel.element.isConnected) this.panel.show(nodes);
  }

  /** Take the report back, wherever it is by now. */
  async undo() {
    const { translate, waiting, outcome, site } = this;
    if (!waiting) return;
    const { id } = waiting.body;
    const code = outcome?.receipt.code;
    // Sent already, but without an answer so far, it may be with the server.
    const mayBeThere = !code && (await drop(id)).some((each) => each.body.id === id);
    const isGone = !code || (await takeBack(site.api, code));
    if (code && isGone) await forget(id);
    this.isHeld = false;
    this.waiting = isGone ? null : waiting;
    const text = translate(
      isGone ? (mayBeThere ? "report.taken_back_later" : "report.taken_back") : "report.not_taken_back",
    );
    this.panel.show(lastStep(translate, text, () => this.close()));
    if (!code) await this.send();
  }
}
