/** What knows ways better than straight lines to each station: along a route of the rider's, and by streets where those are served. */

import { rankedAlong } from "./along.js";
import { Route } from "./route.js";
import { RouteBox } from "./route_box.js";
import { RouteMap } from "./route_map.js";
import { Streets } from "./streets.js";
import { panel } from "../finder/list.js";
import { afterPaint } from "../shared/dom.js";
import { lateScript } from "../shared/late_script.js";
import { metresBetween } from "../shared/metres_between.js";
import { durationText } from "../shared/status_text.js";

/**
 * @typedef {import("../finder/origin_picker.js").Origin} Origin
 * @typedef {import("../rider/nearest.js").Ranked} Ranked
 * @typedef {import("../rider/arrival.js").Ways} Ways
 */

const IN_VIEW = 5; // stations that a map shows with both ends

export class Guide {
  /** @param {import("../finder/page.js").Page} page */
  constructor(page) {
    const { translate } = page.finder;
    this.page = page;
    this.finder = page.finder;
    this.streets = new Streets(page);
    this.route = new Route(() => this.changed());
    this.map = new RouteMap(page.map);
    this.box = new RouteBox(translate, {
      tapMap: () => this.askOnMap(),
      pickDistrict: () => page.showDistricts?.(),
      change: () => this.route.go(null),
      end: () => this.route.close(),
    });
  }

  /** What is known by streets of the ways to the stations of the answer, for their own pages. */
  get ways() {
    /** @type {Ways} */
    const ways = {};
    for (const { station, way } of this.finder.ranking.offers)
      if (way?.seconds !== undefined) ways[station.id] = { metres: way.metres, seconds: way.seconds };
    return ways;
  }

  /** Tell whether stations are those along a route. */
  get isAlong() {
    return Boolean(this.route.to && this.finder.point);
  }

  /**
   * Take a point that the rider chose as the destination, if one is being chosen; false if it is another start.
   * @param {Origin} point
   */
  takes(point) {
    const { route, finder } = this;
    if (!route.isOpen || route.to || !finder.point || point.fix) return false;
    this.page.line.asking = "";
    route.go(point);
    return true;
  }

  /**
   * Return the stations in the order of the answer, with what is known of their ways.
   * @param {Ranked} ranked by straight distance from the start
   * @returns {{ranked: Ranked, ways: Ways}}
   */
  order(ranked) {
    const straight = this.isAlong ? this.alongStraight() : { ranked, ways: {} };
    return this.streets.order(straight, this.destination());
  }

  /** @returns {{ranked: Ranked, ways: Ways}} */
  alongStraight() {
    const { known, point } = this.finder;
    const { speedMS, detour } = this.finder.travel();
    const to = /** @type {Origin} */ (this.route.to);
    const ranked = rankedAlong(known.places, /** @type {Origin} */ (point), to, { speedMS, detour });
    /** @type {Ways} */
    const ways = {};
    for (let place = 0; place < ranked.rows.length; place++) {
      const { id } = known.feed.stations[ranked.rows[place]];
      ways[id] = { detourS: (ranked.detours[place] * detour) / speedMS };
    }
    return { ranked, ways };
  }

  /** @returns {Origin | null} */
  destination() {
    return this.isAlong ? this.route.to : null;
  }

  /**
   * Ask the server, of a registry too large for a phone.
   * @param {{lon: number, lat: number}} point
   * @param {import("../rider/filter_rules.js").Filters} filters
   */
  async askServer(point, filters) {
    const { site, feed } = this.finder;
    const { nearest = "" } = site;
    const { server } = await lateScript("server");
    const to = this.destination();
    const travel = this.finder.travel();
    const ask = (/** @type {object} */ by) =>
      to
        ? server.askAlong(nearest, feed, point, to, filters, travel, by)
        : server.askServer(nearest, feed, point, filters, travel, by);
    if (!this.streets.isOn) return ask({});
    return ask({ by: "network", travel: filters.travel }).catch(() => ask({}));
  }

  /** Return the notices above the list. */
  notices() {
    const isNone = this.isAlong && !this.finder.ranking.offers.length;
    return [isNone ? this.finder.translate("route.none") : "", this.streets.notice(this.destination())];
  }

  /** Go on once an answer is on the screen: show the route, and ask the server for ways by streets. */
  answered() {
    const { route, finder, page } = this;
    this.showBox();
    if (route.isOpen && !route.to && document.body.dataset.view === "map" && !page.line.asking) this.askOnMap();
    this.map.show(finder.point, this.destination());
    this.streets.ask(this.destination());
  }

  showBox() {
    const { route, finder } = this;
    const from = finder.point ? finder.point.name : "";
    if (route.isOpen) this.box.show({ from, to: route.to?.name ?? "", about: this.direct() });
    else this.box.hide();
  }

  /** Say how long the direct way takes. */
  direct() {
    const { translate, filters, point } = this.finder;
    const to = this.destination();
    if (!to || !point) return "";
    const { speedMS, detour } = this.finder.travel();
    const seconds = this.streets.directS(to);
    const straightS = (metresBetween(point, to) * detour) / speedMS;
    const time = durationText(translate, seconds ?? straightS, filters.travel, seconds === null);
    return translate("route.direct", { time });
  }

  askOnMap() {
    const { page, finder } = this;
    page.askOnMap(finder.translate(finder.point ? "route.tap_end" : "route.tap_start"));
  }

  /** Answer for another destination, or for none. */
  changed() {
    const { route, page } = this;
    this.showBox();
    if (route.isOpen && !route.to) this.box.focus();
    void page.update().then(() => {
      panel().scrollTop = 0;
      afterPaint(() => this.look());
    });
  }

  look() {
    const { point, ranking } = this.finder;
    const to = this.destination();
    if (!point || !to) return;
    const stations = ranking.offers.slice(0, IN_VIEW).map(({ station }) => station);
    this.map.look([point, to, ...stations]);
  }
}
