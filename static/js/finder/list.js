/** The list on the screen: the rows in view first, the rest when those are painted. */

import { shareMessage, shareParts, SEPARATOR } from "./share_text.js";
import { ListRow } from "./list_row.js";
import { isInUse } from "../rider/filter_rules.js";
import { byId, element, setChildren, setAttribute, setParts, setText } from "../shared/dom.js";
import { copy } from "../shared/share.js";

/**
 * @typedef {import("../rider/arrival.js").Offer} Offer
 * @typedef {import("../rider/offer_text.js").Context} Context
 */

export const PAGE = 10; // rows to begin with, and to add
const FIRST_SCREEN = 4; // rows, until the browser has said how many are in view
const IN_VIEW = 0.25; // of a row: less of it says nothing yet

/** @typedef {{id: string, control: number}} Held the station whose row has the focus, and which of its controls */

export class StationList {
  /**
   * @param {(station: Offer["station"]) => void} onMap
   */
  constructor(onMap) {
    this.onMap = onMap;
    /** @type {ListRow[]} */
    this.rows = [];
    this.length = PAGE;
    /** @type {Set<Element> | null} rows that the screen shows, null until the browser has said */
    this.inView = null;
    this.observer = new IntersectionObserver(
      (entries) => {
        this.inView = this.inView ?? new Set();
        for (const { target, isIntersecting } of entries) this.inView[isIntersecting ? "add" : "delete"](target);
      },
      { threshold: IN_VIEW },
    );
    /** @type {readonly Offer[]} */
    this.offers = [];
    /** @type {Held | null} */
    this.held = null;
    byId("more").addEventListener("click", () => this.showMore());
    byId("copy").addEventListener("click", () => void this.copyFirst());
  }

  /**
   * Show the first offers of an answer; one that is only brought up to date keeps its length and is drawn in one go, as
   * it may have been scrolled.
   * @param {Context} context
   * @param {readonly Offer[]} offers
   * @param {{isNew: boolean}} options
   */
  show(context, offers, { isNew }) {
    this.context = context;
    this.offers = offers;
    this.held = this.held ?? heldIn(byId("list"));
    if (isNew) this.length = PAGE;
    this.draw(isNew ? this.urgent() : this.length);
    const explained = context.hasPoint && offers.length > 0 && isInUse(offers[0].station);
    const first = context.hasPoint && !offers.length ? "" : context.translate("list.first");
    const parts = explained ? shareParts(context, offers[0]) : [first];
    // A line ends between two parts, not within one, and after what separates them.
    const pieces = parts.map((part, at) => (at < parts.length - 1 ? part + SEPARATOR.trimEnd() : part));
    if (byId("line").textContent !== parts.join(SEPARATOR))
      setChildren(byId("line"), pieces.flatMap((piece) => [element("span", {}, piece), " "]).slice(0, -1));
    byId("copy").hidden = !explained;
    this.reportCopy("", context.translate("list.copy"));
  }

  /**
   * Show the rest of the rows, and say how many offers there are in all.
   * @param {readonly Offer[]} offers
   */
  complete(offers) {
    this.offers = offers;
    this.draw(this.length);
    this.offerMore();
    const line = byId("line").textContent ?? "";
    this.write("done", "filter.show", { count: offers.length });
    this.write("told", "list.told", { count: offers.length, line }); // heard by who does not see the list
  }

  /** Return how many of the first rows the rider may be looking at; one where filters or the map have the screen. */
  urgent() {
    const { inView } = this;
    return inView
      ? Math.max(1, ...this.rows.map(({ element }, at) => (inView.has(element) ? at + 1 : 0)))
      : FIRST_SCREEN;
  }

  /**
   * Let the first rows show the first offers; the others show what they did until their turn comes.
   * @param {number} count
   */
  draw(count) {
    const { context, rows } = this;
    if (!context) return;
    const shown = this.offers.slice(0, this.length);
    for (const { element } of rows.splice(shown.length)) {
      this.observer.unobserve(element);
      this.inView?.delete(element);
      element.remove();
    }
    const list = byId("list");
    shown.slice(0, count).forEach((offer, at) => {
      rows[at] = rows[at] ?? this.added(list);
      rows[at].show(context, offer);
    });
    if (count < shown.length) list.setAttribute("aria-busy", "true");
    else list.removeAttribute("aria-busy");
    this.passFocus(count >= shown.length);
  }

  /**
   * @param {HTMLElement} list
   */
  added(list) {
    const row = new ListRow(this.context?.pages !== null, this.onMap);
    list.append(row.element);
    this.observer.observe(row.element);
    return row;
  }

  /**
   * Keep the focus on the station that had it, wherever its row is now; where it has none, on the list.
   * @param {boolean} isWhole whether every row shows what it should
   */
  passFocus(isWhole) {
    const { held } = this;
    const list = byId("list");
    const { activeElement: focused } = document;
    const isElsewhere = focused !== document.body && !list.contains(focused);
    if (isWhole || isElsewhere) this.held = null;
    if (!held || isElsewhere) return;
    const heir = this.rows.find(({ station }) => station?.id === held.id);
    if (heir) controlsOf(heir.element)[held.control]?.focus({ preventScroll: true });
    else if (isWhole) list.focus({ preventScroll: true });
  }

  showMore() {
    const before = this.length;
    this.lengthen(before + PAGE);
    controlsOf(this.rows[before]?.element)[0]?.focus();
  }

  offerMore() {
    const count = Math.min(PAGE, this.offers.length - this.length);
    byId("more").hidden = count <= 0;
    this.write("more", "list.more", { count });
  }

  /**
   * @param {string} id of the element that says it
   * @param {string} code
   * @param {Record<string, string | number>} values
   */
  write(id, code, values) {
    if (this.context) setText(byId(id), this.context.translate(code, values));
  }

  /**
   * Show at least so many rows.
   * @param {number} length
   */
  lengthen(length) {
    this.length = Math.max(this.length, length);
    this.draw(this.length);
    this.offerMore();
  }

  /** Put the first answer on the clipboard: its name, the line that explains it, its address. */
  async copyFirst() {
    const { context } = this;
    if (!context) return;
    this.reportCopy("", context.translate("list.copy")); // what is said again is heard again
    const copied = await copy(shareMessage(context, this.offers[0], location.href));
    const report = context.translate(copied ? "share.copied" : "share.failed");
    this.reportCopy(report, copied ? report : context.translate("list.copy"));
  }

  /**
   * Say how copying went: beside its button, unless that says so itself.
   * @param {string} text
   * @param {string} name of the button
   */
  reportCopy(text, name) {
    setAttribute(byId("copied"), "class", !text || text === name ? "hidden" : "");
    setParts(byId("copied"), [["", text]]);
    setParts(byId("copy"), [["", name]]);
  }
}

/**
 * @param {HTMLElement} list
 * @returns {Held | null}
 */
function heldIn(list) {
  const focused = document.activeElement;
  const row = /** @type {HTMLElement | null | undefined} */ (focused?.closest("li"));
  if (!row || !list.contains(row)) return null;
  return { id: row.dataset.id ?? "", control: controlsOf(row).indexOf(/** @type {HTMLElement} */ (focused)) };
}

/**
 * @param {Element | undefined} row
 * @returns {HTMLElement[]}
 */
function controlsOf(row) {
  return /** @type {HTMLElement[]} */ ([...(row?.querySelectorAll("a, button") ?? [])]);
}

/** Return the part of the page that scrolls. */
export function panel() {
  return /** @type {HTMLElement} */ (document.querySelector(".panel"));
}
