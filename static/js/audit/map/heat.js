/** Coverage by hour of the week as a grid of fields, gone through with the arrow keys as with the mouse. */

import { element } from "../../shared/dom.js";

const DAYS = 7;
const HOURS = 24;
const NAMED_HOURS = 6; // every sixth hour has its number above
const LEVELS = 8;
export const MARKED = "heat-marked";

/**
 * @typedef {{
 *   days: string[], caption: string, dayTitle: string, labelOf: (hour: number, share: number) => string, onHour: (hour: number) => void,
 * }} Options the labels of the grid in the language of the page, and what is called with the hour selected
 */

export class HeatGrid {
  /**
   * @param {Options} options
   */
  constructor(options) {
    this.options = options;
    /** The field the Tab key leads to. */
    this.current = 0;
    /** The share of the darkest field. */
    this.most = 1;
    this.fields = [...Array(DAYS * HOURS).keys()].map((hour) => this.field(hour));
    const rows = options.days.map((day, at) =>
      element("tr", {}, element("th", { scope: "row" }, day), ...this.fields.slice(at * HOURS, (at + 1) * HOURS)),
    );
    this.table = element(
      "table",
      { class: "heat", role: "grid", onkeydown: (/** @type {KeyboardEvent} */ event) => this.press(event) },
      element("caption", { class: "hidden" }, options.caption),
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          element("th", { scope: "col" }, element("span", { class: "hidden" }, options.dayTitle)),
          ...heads(),
        ),
      ),
      element("tbody", {}, ...rows),
    );
  }

  /**
   * Show other shares, at the same fields: whoever is on one of them stays there.
   * @param {number[]} shares 168 of them, from Monday 00:00
   * @param {Set<number>} [marked] hours that bear a mark
   */
  show(shares, marked = new Set()) {
    const most = Math.max(...shares, Number.EPSILON);
    this.most = most;
    this.fields.forEach((field, hour) => {
      const share = shares[hour];
      const level = share ? 1 + Math.min(Math.floor((share / most) * LEVELS), LEVELS - 1) : 0;
      field.className = marked.has(hour) ? `heat-${level} ${MARKED}` : `heat-${level}`;
      const label = this.options.labelOf(hour, share);
      field.setAttribute("aria-label", label);
      field.title = label;
    });
  }

  /**
   * Return what each colour means, of the shares shown last.
   * @param {(from: number, to: number) => string} format
   * @returns {[className: string, text: string][]}
   */
  key(format) {
    const step = this.most / LEVELS;
    return [...Array(LEVELS).keys()].map((level) => [`heat-${level + 1}`, format(level * step, (level + 1) * step)]);
  }

  /**
   * Mark the hour that is chosen, if one is.
   * @param {number | null} hour of the week
   */
  mark(hour) {
    for (const [at, field] of this.fields.entries()) field.setAttribute("aria-selected", String(at === hour));
    if (hour !== null) this.lead(hour);
  }

  /**
   * @param {number} hour
   */
  field(hour) {
    const choose = () => {
      this.lead(hour);
      this.options.onHour(hour);
    };
    return element("td", { tabindex: hour === this.current ? 0 : -1, "aria-selected": "false", onclick: choose });
  }

  /**
   * Let the Tab key lead to a field.
   * @param {number} hour
   */
  lead(hour) {
    this.fields[this.current].tabIndex = -1;
    this.current = hour;
    this.fields[hour].tabIndex = 0;
  }

  /**
   * @param {KeyboardEvent} event
   */
  press(event) {
    if (event.altKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") this.options.onHour(this.current);
    else {
      const next = neighbour(this.current, event.key, event.ctrlKey);
      if (next === null) return;
      this.lead(next);
      this.fields[next].focus();
    }
    event.preventDefault();
  }
}

/**
 * Return the hour a key leads to from another; null for keys that lead nowhere. At the edges one stays.
 * @param {number} hour
 * @param {string} key
 * @param {boolean} isWhole whether Home and End go to those of the week, not of the day
 * @returns {number | null}
 */
export function neighbour(hour, key, isWhole) {
  const [day, at] = [Math.floor(hour / HOURS), hour % HOURS];
  switch (key) {
    case "ArrowLeft":
      return day * HOURS + Math.max(at - 1, 0);
    case "ArrowRight":
      return day * HOURS + Math.min(at + 1, HOURS - 1);
    case "ArrowUp":
      return Math.max(day - 1, 0) * HOURS + at;
    case "ArrowDown":
      return Math.min(day + 1, DAYS - 1) * HOURS + at;
    case "Home":
      return isWhole ? 0 : day * HOURS;
    case "End":
      return isWhole ? DAYS * HOURS - 1 : day * HOURS + HOURS - 1;
    default:
      return null;
  }
}

function heads() {
  return [...Array(HOURS / NAMED_HOURS).keys()].map((at) =>
    element("th", { scope: "colgroup", colspan: NAMED_HOURS }, `${at * NAMED_HOURS}:00`),
  );
}
