/** Tables that sort by any of their columns. */

import { element } from "../shared/dom.js";

const FIRST_ROWS = 100; // thousands of rows at once take seconds

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} key
 * @property {string} title
 * @property {(row: Row) => string | Node} render
 * @property {(row: Row) => Value} [value] what rows are sorted by; without it, their member `key`
 * @property {boolean} [isText]
 * @property {boolean} [isLong]
 */

/**
 * @typedef {string | number | null} Value
 * @typedef {{isTotal?: boolean}} Total a row of all others together
 */

/** @template {object} Row */
export class SortedTable {
  /**
   * @param {HTMLElement} holder
   * @param {string} caption
   * @param {Column<Row>[]} columns
   * @param {(count: number) => string} sayAll what a button says that shows all of so many rows
   * @param {{key: string, down: boolean} | null} [order]
   */
  constructor(holder, caption, columns, sayAll, order = null) {
    this.columns = columns;
    this.order = order;
    /** @type {(Row & Total)[]} */
    this.rows = [];
    this.heads = columns.map((column) =>
      element(
        "th",
        { scope: "col", class: column.isText ? "is-text" : null },
        element("button", { type: "button", onclick: () => this.sortBy(column.key) }, column.title),
      ),
    );
    this.body = element("tbody");
    this.sayAll = sayAll;
    this.isWhole = false;
    this.all = element("button", { type: "button", class: "plain", onclick: () => this.showAll() });
    const table = element(
      "table",
      { class: "audit-table" },
      element("caption", { class: "hidden" }, caption),
      element("thead", {}, element("tr", {}, ...this.heads)),
      this.body,
    );
    holder.replaceChildren(
      element("div", { class: "audit-scroll", tabindex: 0, role: "group", "aria-label": caption }, table),
      this.all,
    );
  }

  /**
   * @param {(Row & Total)[]} rows
   */
  show(rows) {
    this.rows = rows;
    this.isWhole = rows.length <= FIRST_ROWS;
    this.draw();
  }

  showAll() {
    this.isWhole = true;
    this.draw();
    this.body.querySelector("button")?.focus();
  }

  /**
   * @param {string} key
   */
  sortBy(key) {
    const isSame = this.order?.key === key;
    this.order = { key, down: isSame ? !this.order?.down : !this.columns.find((each) => each.key === key)?.isText };
    this.draw();
  }

  draw() {
    const { order, columns } = this;
    this.columns.forEach(({ key }, at) => {
      const sorted = order?.key === key ? (order.down ? "descending" : "ascending") : "none";
      this.heads[at].setAttribute("aria-sort", sorted);
    });
    const column = columns.find(({ key }) => key === order?.key);
    const rows = column && order ? sorted(this.rows, column.value ?? memberOf(column.key), order.down) : this.rows;
    const shown = this.isWhole ? rows : rows.slice(0, FIRST_ROWS);
    this.body.replaceChildren(...shown.map((row) => this.row(row)));
    this.all.hidden = this.isWhole;
    this.all.textContent = this.sayAll(rows.length);
  }

  /**
   * @param {Row & Total} row
   */
  row(row) {
    const cells = this.columns.map(({ render, isText, isLong }, at) => {
      const looks = [isText && "is-text", isLong && "is-long"].filter(Boolean).join(" ");
      return element(at ? "td" : "th", { scope: at ? null : "row", class: looks || null }, render(row));
    });
    return element("tr", { class: row.isTotal ? "is-total" : null }, ...cells);
  }
}

/**
 * @param {string} key
 * @returns {(row: object) => Value}
 */
function memberOf(key) {
  return (row) => /** @type {Record<string, Value>} */ (row)[key];
}

/**
 * Return rows in order; a total stays on top, what is not known goes last.
 * @template {object} Row
 * @param {(Row & Total)[]} rows
 * @param {(row: Row) => Value} value
 * @param {boolean} down
 */
function sorted(rows, value, down) {
  const rank = (/** @type {Row & Total} */ row) => (row.isTotal ? 0 : value(row) === null ? 2 : 1);
  return [...rows].sort((a, b) => {
    if (rank(a) !== rank(b)) return rank(a) - rank(b);
    const [x, y] = [value(a), value(b)];
    const order = typeof x === "string" ? x.localeCompare(String(y)) : Number(x) - Number(y);
    return down ? -order : order;
  });
}
