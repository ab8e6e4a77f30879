/** Nothing that was typed is lost: a draft while it is typed, given back when the form is opened again. */

import { element } from "../../shared/dom.js";
import { ensureRows } from "./closure_rows.js";
import { draftOf, forgetDraft, keepDraft } from "./drafts.js";
import { areSame, entriesOf, fillIn } from "./fields.js";

/** @typedef {import("../../shared/translate.js").Translate} Translate */

const SETTLED_MS = 300;
const SAVED = "#saved"; // where the server leads to once a form without this script was saved

export class Keeping {
  /**
   * @param {HTMLFormElement} form
   * @param {Translate} translate
   */
  constructor(form, translate) {
    this.form = form;
    this.translate = translate;
    this.key = `${form.dataset.user}.${form.dataset.station || "new"}`;
    this.shown = entriesOf(form);
    /** Whether the page already shows what somebody typed: with what is wrong with it, say. */
    this.isTyped = form.dataset.typed !== undefined;
    this.isLeaving = false;
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  start() {
    if (location.hash === SAVED) {
      forgetDraft(this.key);
      history.replaceState(history.state, "", location.pathname + location.search);
    }
    const draft = this.isTyped ? null : draftOf(this.key, this.shown);
    if (draft) this.giveBack(draft);
    for (const type of ["input", "change"]) this.form.addEventListener(type, () => this.later());
    addEventListener("pagehide", () => this.keep());
    addEventListener("beforeunload", (event) => {
      if (this.isDirty() && !this.isLeaving) event.preventDefault();
    });
  }

  isDirty() {
    return this.isTyped || !areSame(entriesOf(this.form), this.shown);
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), SETTLED_MS);
  }

  keep() {
    clearTimeout(this.timer);
    if (this.isLeaving) return;
    if (this.isDirty()) keepDraft(this.key, entriesOf(this.form));
    else forgetDraft(this.key);
  }

  /** What was typed is saved: there is nothing left to keep. */
  done() {
    this.leave();
    forgetDraft(this.key);
  }

  /** The page is left on purpose, with what was typed. */
  leave() {
    this.keep();
    this.isLeaving = true;
  }

  /** @param {import("./drafts.js").Draft} draft */
  giveBack({ atMs, entries }) {
    ensureRows(this.form, entries);
    fillIn(this.form, entries);
    const at = new Date(atMs).toLocaleString(document.documentElement.lang);
    const discard = () => {
      forgetDraft(this.key);
      this.isLeaving = true;
      location.reload();
    };
    const button = element(
      "button",
      { type: "button", class: "plain", onclick: discard },
      this.translate("form.script.discard"),
    );
    const told = element(
      "p",
      { class: "staff-banner is-warning form-draft", role: "status" },
      this.translate("form.script.restored", { at }),
      " ",
      button,
    );
    this.form.before(told);
    this.form.dispatchEvent(new Event("change"));
    this.form.dispatchEvent(new Event("restored"));
  }
}
