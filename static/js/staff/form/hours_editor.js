/** A quick way to hours: usual ones to begin with, and days with times that are written as one text. */

import { element } from "../../shared/dom.js";
import { field } from "./fields.js";
import { wordsOf } from "./hours_words.js";

/**
 * @typedef {import("../../shared/translate.js").Translate} Translate
 * @typedef {{code: string, label: string, text: string, meant: string}} Preset
 */

const DAYS = 7;
const SPANS = 2; // a lunch gap

export class HoursEditor {
  /**
   * @param {HTMLFormElement} form
   * @param {Translate} translate
   * @param {readonly Preset[]} presets
   */
  constructor(form, translate, presets) {
    this.form = form;
    this.translate = translate;
    this.presets = presets;
    this.rows = element("div");
  }

  start() {
    const holder = /** @type {HTMLElement} */ (this.form.querySelector("#hours-editor"));
    this.addRow();
    const write = element(
      "button",
      { type: "button", class: "plain", onclick: () => this.write() },
      this.translate("form.script.write_hours"),
    );
    const more = element(
      "button",
      { type: "button", class: "plain", onclick: () => this.addRow() },
      this.translate("form.script.more_days"),
    );
    const summary = element("summary", { class: "plain" }, this.translate("form.script.by_days"));
    holder.append(
      this.chooser(),
      element(
        "details",
        { class: "form-by-days" },
        summary,
        this.rows,
        this.holidays(),
        element("p", { class: "staff-buttons" }, more, write),
      ),
    );
    holder.hidden = false;
  }

  chooser() {
    const options = this.presets.map(({ code, label }) => element("option", { value: code }, label));
    const select = element(
      "select",
      { id: "hours-preset" },
      element("option", { value: "" }, this.translate("form.choose")),
      ...options,
    );
    select.addEventListener("change", () => {
      const code = /** @type {HTMLSelectElement} */ (select).value;
      const found = this.presets.find((preset) => preset.code === code);
      if (found) this.say(found.text, found.meant);
    });
    return this.labelled("hours-preset", this.translate("form.script.presets"), select);
  }

  holidays() {
    const options = ["", "off", "usual"].map((code) =>
      element("option", { value: code }, this.translate(`form.script.holidays_${code || "unsaid"}`)),
    );
    return this.labelled(
      "hours-holidays",
      this.translate("form.script.holidays"),
      element("select", { id: "hours-holidays" }, ...options),
    );
  }

  addRow() {
    const number = this.rows.childElementCount;
    const days = Array.from({ length: DAYS }, (_, day) => {
      const box = element("input", { type: "checkbox", "data-day": day, checked: number === 0 && day < 5 });
      return element("label", { class: "check" }, box, element("span", {}, this.translate(`weekday.${day}`)));
    });
    const spans = Array.from({ length: SPANS }, (_, at) => {
      const label = this.translate("form.script.times", { number: at + 1 });
      const clock = (/** @type {string} */ edge) =>
        element("input", {
          type: "time",
          [`data-${edge}`]: at,
          "aria-label": `${label} ${this.translate(`form.script.${edge}`)}`,
        });
      return element("span", { class: "form-span" }, clock("from"), "–", clock("to"));
    });
    const legend = element("legend", {}, this.translate("form.script.days", { number: number + 1 }));
    this.rows.append(
      element(
        "fieldset",
        { class: "form-days-row" },
        legend,
        element("div", { class: "form-day-boxes" }, ...days),
        ...spans,
      ),
    );
  }

  write() {
    const { value } = /** @type {HTMLSelectElement} */ (this.form.querySelector("#hours-holidays"));
    const text = wordsOf(
      [...this.rows.children].map(rowOf),
      /** @type {import("./hours_words.js").Holidays} */ (value),
    );
    if (text) this.say(text, "");
  }

  /**
   * Let the fields of the form say these hours.
   * @param {string} text
   * @param {string} meant
   */
  say(text, meant) {
    field(this.form, "hours_meant").value = meant;
    const written = field(this.form, "hours");
    written.value = text;
    written.dispatchEvent(new Event("input", { bubbles: true }));
    written.focus();
  }

  /**
   * @param {string} id
   * @param {string} label
   * @param {HTMLElement} control
   */
  labelled(id, label, control) {
    return element("div", { class: "staff-field" }, element("label", { for: id }, label), control);
  }
}

/**
 * @param {Element} row
 * @returns {import("./hours_words.js").Row}
 */
function rowOf(row) {
  const inputs = /** @type {HTMLInputElement[]} */ ([...row.querySelectorAll("input")]);
  const days = inputs.filter(({ checked, dataset }) => checked && dataset.day !== undefined);
  const spans = Array.from({ length: SPANS }, (_, at) =>
    ["from", "to"].map((edge) => inputs.find(({ dataset }) => dataset[edge] === String(at))?.value ?? ""),
  );
  const whole = /** @type {[string, string][]} */ (spans.filter(([from, to]) => from && to));
  return { days: days.map(({ dataset }) => Number(dataset.day)), spans: whole };
}
