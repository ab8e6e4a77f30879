/** The popup of a station of which a tile says no more than its name and whether it is open: the rest is asked for. */

import { stationPopup } from "../station_popup.js";
import { stationUrl } from "../../rider/offer_text.js";
import { element } from "../../shared/dom.js";
import { nameOf } from "../../shared/status_text.js";

/**
 * @typedef {import("../../rider/arrival.js").Offer} Offer
 * @typedef {import("../station_layer.js").Shown} Shown
 */

export class TilePopups {
  /**
   * @param {import("../../finder/finder.js").Finder} finder
   * @param {L.Map} map
   * @param {(shown: Shown) => string} stateName
   */
  constructor(finder, map, stateName) {
    this.finder = finder;
    this.map = map;
    this.stateName = stateName;
    /** @type {Map<string, Offer | "coming" | "away">} what is known by now, by id */
    this.known = new Map();
  }

  /** What is known was of a moment ago. */
  forget() {
    this.known.clear();
  }

  /**
   * Return what a popup says now; it is asked to say more once there is more.
   * @param {Shown} shown
   */
  contentOf(shown) {
    const found = this.known.get(shown.station.id);
    if (typeof found === "object") return stationPopup(this.finder.context(), found);
    if (found !== "away") void this.ask(shown);
    return this.firstContent(shown, found === "away");
  }

  /**
   * @param {Shown} shown
   */
  async ask({ station }) {
    const { id } = station;
    if (this.known.has(id)) return;
    this.known.set(id, "coming");
    const offer = await this.finder.askStation(this.finder.point ?? station, id).catch(() => null);
    this.known.set(id, offer ?? "away");
    const { _popup: open } = this.map;
    if (open?.isOpen() && open.getElement()?.querySelector(`[data-waits="${CSS.escape(id)}"]`)) open.update();
    if (!offer) this.known.delete(id); // the next tap may have more luck
  }

  /**
   * @param {Shown} shown
   * @param {boolean} isAway
   */
  firstContent(shown, isAway) {
    const { station } = shown;
    const context = this.finder.context();
    const { translate, lang, pages } = context;
    const href = stationUrl(context, station.id);
    return element(
      "div",
      { class: "popup", "data-waits": station.id },
      element("h2", {}, element("bdi", {}, nameOf(lang, station))),
      element("p", { class: "quiet" }, translate(`category.${station.category}`)),
      element(
        "p",
        { class: "card-state" },
        element("span", { class: `state is-${shown.state}` }, this.stateName(shown)),
      ),
      element("p", { class: "quiet", role: "status" }, translate(isAway ? "tiled.no_details" : "tiled.details_coming")),
      pages ? element("a", { class: "button", href }, translate("map.details")) : null,
    );
  }
}
