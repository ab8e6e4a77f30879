/** What the hours come to that are being typed: worked out by the server, from the rules that riders are told by. */

import { byId, element, setChildren } from "../../shared/dom.js";
import { field } from "./fields.js";

/**
 * @typedef {{label: string, note: string, times: string[], state: string}} Day
 * @typedef {{hours: string | null, understood: string, perhaps: string | null, doubts: string[], days: Day[]}} Preview
 * @typedef {import("../../shared/translate.js").Translate} Translate
 */

const SETTLED_MS = 500;
const ABOUT_HOURS = /^(hours|hours_meant|hours_anew|hours_as_words|status|closures(\..*)?|base|csrf_token)$/;

export class HoursPreview {
  /**
   * @param {HTMLFormElement} form
   * @param {Translate} translate
   */
  constructor(form, translate) {
    this.form = form;
    this.translate = translate;
    this.shown = /** @type {HTMLElement} */ (form.querySelector("#preview"));
    this.last = this.asked().toString();
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  start() {
    for (const type of ["input", "change"]) this.form.addEventListener(type, () => this.later());
    this.form.querySelector("#preview-again")?.remove();
    for (const button of this.shown.querySelectorAll("[data-take]")) button.removeAttribute("hidden");
    this.shown.addEventListener("click", ({ target }) => {
      const hours = target instanceof HTMLElement ? target.dataset.take : undefined;
      if (hours) this.take(hours);
    });
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.renew(), SETTLED_MS);
  }

  asked() {
    const about = [...new FormData(this.form)].filter(([name]) => ABOUT_HOURS.test(name));
    return new URLSearchParams(/** @type {string[][]} */ ([...about, ["station", this.form.dataset.station ?? ""]]));
  }

  async renew() {
    const asked = this.asked();
    if (asked.toString() === this.last) return;
    this.last = asked.toString();
    try {
      const answer = await fetch(this.form.dataset.preview ?? "", { method: "POST", body: asked });
      if (!answer.ok) throw new Error(String(answer.status));
      const found = await answer.json();
      if (this.last === asked.toString()) this.show(found);
    } catch {
      if (this.last === asked.toString()) this.last = ""; // the next change asks again
    }
  }

  /** @param {string} hours */
  take(hours) {
    const typed = field(this.form, "hours");
    typed.value = hours;
    typed.dispatchEvent(new Event("input", { bubbles: true }));
    typed.focus();
  }

  /** @param {Preview} found */
  show({ hours, understood, perhaps, doubts, days }) {
    if (!hours && !perhaps && field(this.form, "hours").value.trim())
      byId("hours-not-understood").setAttribute("open", "");
    const code = hours ? element("code", { dir: "ltr" }, hours) : null;
    this.part("understood", [understood, ...(code ? [" ", code] : [])]);
    this.part("perhaps", perhaps ? this.perhaps(perhaps) : []);
    this.part(
      "doubts",
      doubts.map((doubt) => element("li", {}, doubt)),
    );
    this.part(
      "days",
      days.map((day) => this.day(day)),
    );
  }

  /** @param {string} hours */
  perhaps(hours) {
    const take = this.translate("form.script.take");
    return [
      this.translate("form.script.perhaps", { hours }),
      " ",
      element("button", { type: "button", class: "plain", "data-take": hours }, take),
    ];
  }

  /** @param {Day} day */
  day({ label, note, times, state }) {
    const when = times.length ? times.join(" ") : this.translate("form.script.closed");
    const noted = note ? element("i", {}, note) : null;
    return element(
      "li",
      { class: `is-${state}` },
      element("b", {}, label),
      note ? " " : null,
      noted,
      element("span", {}, when),
    );
  }

  /**
   * @param {string} name
   * @param {(Node | string)[]} parts
   */
  part(name, parts) {
    const held = this.shown.querySelector(`[data-${name}]`);
    if (held) setChildren(held, parts);
  }
}
