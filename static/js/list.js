/** The list on the screen: what fits it first, the rest when that is painted. */

import { message, parts, SEPARATOR } from "./chat.js";
import { Rows } from "./card.js";
import { byId, element, renew } from "./dom.js";
import { copy } from "./share.js";

/**
 * @typedef {import("./visits.js").Offer} Offer
 * @typedef {import("./card.js").Context} Context
 */

export const PAGE = 10; // rows to begin with, and to add
const FIRST_SCREEN = 4; // rows that a phone shows at once

export class StationList {
  /**
   * @param {(station: Offer["station"]) => void} onMap
   */
  constructor(onMap) {
    this.rows = new Rows(onMap);
    this.length = PAGE;
    /** @type {readonly Offer[]} */
    this.offers = [];
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
    if (isNew) this.length = PAGE;
    this.draw(isNew ? FIRST_SCREEN : this.length);
    const explained = context.hasPoint && offers.length > 0;
    const said = explained ? parts(context, offers[0]) : [context.say("list.first")];
    // A line ends between two parts, not within one.
    byId("line").replaceChildren(...said.flatMap((part, at) => [at ? SEPARATOR : "", element("span", {}, part)]));
    byId("copy").hidden = !explained;
    this.told("", context.say("list.copy"));
  }

  /**
   * Show the rest of the rows, and say how many offers there are in all.
   * @param {readonly Offer[]} offers
   */
  complete(offers) {
    this.offers = offers;
    this.draw(this.length);
    byId("done").textContent = this.context?.say("filter.show", { count: offers.length }) ?? "";
    this.offerMore();
    // Heard by who does not see the list, and not twice.
    const line = byId("line").textContent ?? "";
    const told = this.context?.say("list.told", { count: offers.length, line }) ?? "";
    if (byId("told").textContent !== told) byId("told").textContent = told;
  }

  /**
   * Draw the rows: so many made where they are not there yet, the others only where they are.
   * @param {number} made
   */
  draw(made) {
    const { context } = this;
    if (!context) return;
    const shown = this.offers.slice(0, this.length);
    const rows = shown.map((offer, at) => this.rows.of(context, offer, at < made)).filter((row) => row !== null);
    const list = byId("list");
    if (rows.length < shown.length) list.setAttribute("aria-busy", "true");
    else list.removeAttribute("aria-busy");
    renew(list, rows);
  }

  showMore() {
    const { context } = this;
    if (!context) return;
    const before = this.length;
    this.length += PAGE;
    const rows = this.offers.slice(0, this.length).map((offer) => this.rows.of(context, offer));
    renew(byId("list"), rows.filter((row) => row !== null));
    this.offerMore();
    /** @type {HTMLElement | null | undefined} */ (rows[before]?.querySelector("a, button"))?.focus();
  }

  offerMore() {
    const count = Math.min(PAGE, this.offers.length - this.length);
    byId("more").hidden = count <= 0;
    byId("more").textContent = this.context?.say("list.more", { count }) ?? "";
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
    const copied = await copy(message(context, this.offers[0], location.href));
    const told = context.say(copied ? "share.copied" : "share.failed");
    this.told(told, copied ? told : context.say("list.copy"));
  }

  /**
   * Say how copying went: beside its button, unless that says so itself.
   * @param {string} text
   * @param {string} name of the button
   */
  told(text, name) {
    byId("copied").textContent = text;
    byId("copied").classList.toggle("hidden", !text || text === name);
    byId("copy").textContent = name;
  }
}
