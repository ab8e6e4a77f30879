/** The list on the screen: what fits it first, the rest when that is painted. */

import { message, parts, SEPARATOR } from "./chat.js";
import { Rows } from "./card.js";
import { afterPaint, byId, element, renew } from "./dom.js";
import { copy } from "./share.js";

/**
 * @typedef {import("./answer.js").Offer} Offer
 * @typedef {import("./card.js").Context} Context
 */

const PAGE = 20;
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
    this.drawn = {};
    byId("more").addEventListener("click", () => this.showMore());
    byId("copy").addEventListener("click", () => void this.copyFirst());
  }

  /**
   * Show an answer; one that is only brought up to date keeps its length and is drawn in one go, as it may have been
   * scrolled.
   * @param {Context} context
   * @param {readonly Offer[]} offers
   * @param {{isNew: boolean}} options
   */
  show(context, offers, { isNew }) {
    this.context = context;
    this.offers = offers;
    if (isNew) this.length = PAGE;
    const shown = offers.slice(0, this.length);
    const list = byId("list");
    const draw = (/** @type {number} */ made) => {
      const rows = shown.map((offer, at) => this.rows.of(context, offer, at < made)).filter((row) => row !== null);
      if (rows.length < shown.length) list.setAttribute("aria-busy", "true");
      else list.removeAttribute("aria-busy");
      renew(list, rows);
      return rows.length;
    };
    const mine = (this.drawn = {});
    if (draw(isNew ? FIRST_SCREEN : shown.length) < shown.length)
      afterPaint(() => mine === this.drawn && draw(shown.length));
    this.offerMore();
    byId("done").textContent = context.say("filter.show", { count: offers.length });
    const explained = context.hasPoint && offers.length > 0;
    const said = explained ? parts(context, offers[0]) : [context.say("list.first")];
    // A line ends between two parts, not within one.
    byId("line").replaceChildren(...said.flatMap((part, at) => [at ? SEPARATOR : "", element("span", {}, part)]));
    byId("copy").hidden = !explained;
    byId("copied").textContent = "";
  }

  showMore() {
    const { context } = this;
    if (!context) return;
    const before = this.length;
    this.length += PAGE;
    this.drawn = {};
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

  /** Put the first answer on the clipboard: its name, the line that explains it, its address. */
  async copyFirst() {
    const { context } = this;
    if (!context) return;
    const copied = await copy(message(context, this.offers[0], location.href));
    byId("copied").textContent = context.say(copied ? "share.copied" : "share.failed");
  }
}
