/** What stands above the list while a route is chosen or looked at: from where to where, and how to choose that. */

import { byId, element, setAttribute, setChildren, setText } from "../shared/dom.js";

/**
 * @typedef {import("../shared/translate.js").Translate} Translate
 * @typedef {object} Acts
 * @property {() => void} tapMap
 * @property {() => void} pickDistrict
 * @property {() => void} change choose another destination
 * @property {() => void} end
 * @typedef {{from: string, to: string, about: string}} Ends names; `about`: how long the direct way takes
 */

export class RouteBox {
  /**
   * @param {Translate} translate
   * @param {Acts} acts
   */
  constructor(translate, { tapMap, pickDistrict, change, end }) {
    const button = (/** @type {string} */ key, /** @type {() => void} */ onclick) =>
      element("button", { type: "button", class: "plain", onclick }, translate(key));
    const locate = () => byId("locate").click();
    this.translate = translate;
    this.text = element("p", { id: "route-text", tabindex: "-1" });
    this.way = element("p", { class: "quiet" });
    this.acts = {
      locate: button("where.locate", locate),
      map: button("where.tap_map", tapMap),
      district: button("where.pick_district", pickDistrict),
      change: button("route.change", change),
      end: button("route.end", end),
    };
    this.buttons = element("p", { class: "route-acts" });
    this.element = element(
      "section",
      { class: "route", "aria-labelledby": "route-text" },
      this.text,
      this.way,
      this.buttons,
    );
  }

  /**
   * Show which end is to be chosen, or both where they are.
   * @param {Ends} ends
   */
  show({ from, to, about }) {
    const { translate, acts } = this;
    const key = !from ? "route.ask_start" : to ? "route.from_to" : "route.ask_end";
    setText(this.text, translate(key, { from, to }));
    setText(this.way, to && from ? about : translate("route.or_search"));
    const choices = [acts.map, acts.district];
    const shown = !from ? [acts.locate, ...choices] : to ? [acts.change] : choices;
    const wanted = [...shown, acts.end];
    const isSame = wanted.length === this.buttons.children.length && wanted.every((one) => one.isConnected);
    if (!isSame) setChildren(this.buttons, wanted);
    if (!this.element.isConnected) byId("where").after(this.element);
    setAttribute(byId("along"), "aria-pressed", "true");
  }

  /** Bring the question into view, and to screen readers. */
  focus() {
    this.text.focus({ preventScroll: true });
  }

  hide() {
    this.element.remove();
    setAttribute(byId("along"), "aria-pressed", "false");
  }
}
