/** The map beside the list: made when it stands, brought up to date while it is in view. */

import { layerClosed, layerOpened } from "../finder/history_layers.js";
import { openPopup } from "./popups.js";
import { stationPopup } from "./station_popup.js";
import { openingOf } from "../rider/filter_rules.js";
import { byId, element } from "../shared/dom.js";
import { lateScript } from "../shared/late_script.js";
import { attach } from "./station_layer.js";
import { nameOf } from "../shared/status_text.js";

/** @typedef {import("../rider/feed.js").Station} Station */

const NEARBY = 3; // so many stations come into view around a chosen point
const WIDE_PX = 800; // as in page.css: list and map side by side

export class MapView {
  /**
   * @param {import("../finder/finder.js").Finder} finder
   * @param {(point: import("../finder/origin_picker.js").Origin) => void} onPoint
   */
  constructor(finder, onPoint) {
    this.finder = finder;
    this.onPoint = onPoint;
    /** @type {import("./station_layer.js").StationLayer | null} */
    this.layer = null;
    this.reopens = ""; // the id of the station whose popup was open before, until the map is in view
    /** @type {Station | null} on the map whatever the choice leaves out */
    this.opened = null;
  }

  /**
   * Attach to the map once it stands, and show what is known by then.
   * @param {import("./station_layer.js").Sight | null} [sight] what was looked at before
   */
  async attach(sight) {
    const { finder } = this;
    const { translate } = finder;
    this.layer = await attach({
      nameOf: (shown) =>
        translate("map.marker", {
          name: nameOf(finder.context().lang, shown.station),
          category: translate(`category.${shown.station.category}`),
          state: this.stateName(shown),
        }),
      clusterName: (count, open) => translate("map.cluster", { count, open }),
      ringName: (metres) =>
        metres < 1000 ? translate("distance.m", { value: metres }) : translate("distance.km", { value: metres / 1000 }),
      detailsOf: ({ station }, beside) =>
        this.withOthers(stationPopup(finder.context(), finder.offerOf(station)), beside),
      onPoint: (point) => this.onPoint({ ...point, name: translate("where.map_point") }),
      baseMapMenuName: translate("map.ground"),
      closeName: translate("map.close"),
      baseMapFails: translate("map.ground_fails"),
      ownBaseMap: translate("map.own_ground"),
    });
    byId("map-stuck").remove();
    addEventListener("resize", () => this.resized());
    this.show();
    this.mark();
    const linked = await finder.station(sight ? sight.id : linkedId());
    if (sight) this.layer.see(sight);
    else if (!linked) this.look();
    if (linked && !sight) return this.open(linked);
    this.opened = linked;
    this.reopens = linked?.id ?? "";
    this.resized();
  }

  /** @returns {import("./station_layer.js").Sight | null} */
  sight() {
    return this.layer?.sight() ?? null;
  }

  /**
   * Ask whether to start from a point of the map.
   * @param {import("../finder/origin_picker.js").Origin} point
   * @param {() => void} take
   */
  ask(point, take) {
    const { translate } = this.finder;
    const act = () => {
      this.layer?.map.closePopup();
      take();
    };
    const button = element("button", { type: "button", class: "button", onclick: act }, translate("where.start_here"));
    if (!this.layer) return;
    openPopup(
      this.layer.map,
      point,
      element("div", { class: "popup is-question" }, element("h2", {}, translate("where.start_here_ask")), button),
    );
  }

  /**
   * Return the content of a popup with the ways to what its marker lies on or below, which no finger could touch.
   * @param {HTMLElement} content
   * @param {readonly import("./station_layer.js").Shown[]} beside
   */
  withOthers(content, beside) {
    if (!beside.length) return content;
    const { translate, lang } = this.finder.context();
    const ways = beside.map((shown) => {
      const { station, state } = shown;
      const open = () => this.layer?.openAt(station.id);
      const name = element("bdi", {}, nameOf(lang, station));
      const status = element("small", { class: `state is-${state}` }, this.stateName(shown));
      return element("li", {}, element("button", { type: "button", class: "plain", onclick: open }, name, " ", status));
    });
    const heading = element("p", { class: "quiet" }, translate("map.beside", { count: beside.length }));
    content.firstElementChild?.after(heading, element("ul", { class: "beside" }, ...ways));
    return content;
  }

  /**
   * @param {import("./station_layer.js").Shown} shown
   */
  stateName({ state }) {
    return this.finder.translate(`map.${state}`);
  }

  /** Show the stations as they are now; a map out of view is brought up to date when it comes into it. */
  show() {
    if (!this.layer?.isVisible()) return;
    const { finder, opened } = this;
    const offers = finder.suiting();
    const isThere = !opened || offers.some(({ station }) => station.id === opened.id);
    this.layer.show(
      (isThere ? offers : [...offers, finder.offerOf(opened)]).map((offer) => ({
        station: offer.station,
        state: openingOf(offer),
      })),
    );
    // Of a registry too large for a phone, these are only the stations of the answer.
    if (finder.feed.tooLarge)
      lateScript("tiled", "tiled")
        .then(({ tiled }) => tiled.use(this))
        .catch(() => null);
  }

  /** Mark the point the answer is for. */
  mark() {
    const { point } = this.finder;
    if (point) this.layer?.origin.show(point, point.name);
  }

  /** Bring the answer into view. */
  look() {
    const { feed, point, gazetteer, ranking } = this.finder;
    const { districts } = gazetteer;
    // Before there is a point a large screen shows the whole city; on a phone that would be a patch without a street.
    const centre = point ?? (innerWidth < WIDE_PX ? gazetteer.heart : null);
    // The one that can be relied on may be listed second from far away.
    const near = ranking.offers.slice(0, NEARBY).filter((offer) => offer !== ranking.surer);
    const nearby = near.map(({ station }) => station);
    // The hearts of the districts are nearer to each other than the last stations of their edges.
    const city = districts.length > 2 || !feed.stations.length ? districts : feed.stations;
    const places = centre ? [centre, ...nearby] : city;
    if (places.length) this.layer?.look(places, Boolean(centre));
  }

  /**
   * Bring a station into view and open what is known of it.
   * @param {Station} station
   */
  open(station) {
    this.opened = this.finder.feed.stations.find(({ id }) => id === station.id) ?? station;
    view("map");
    this.resized();
    this.layer?.open(this.opened);
  }

  /** Take note that the map's place on the page changed. */
  resized() {
    this.layer?.resized();
    this.show();
    if (!this.reopens || !this.layer?.isVisible()) return;
    this.layer.openAt(this.reopens);
    this.reopens = "";
  }
}

/**
 * Show the list or the map, where there is no room for both.
 * @param {string} name
 */
export function view(name) {
  if (document.body.dataset.view === name) return;
  document.body.dataset.view = name;
  for (const button of document.querySelectorAll("button[data-view]"))
    button.setAttribute("aria-pressed", String(button instanceof HTMLElement && button.dataset.view === name));
  if (name !== "map") layerClosed("map");
  else if (innerWidth < WIDE_PX) layerOpened("map", () => view("list"));
}

/** Return the id of the station the address names; one that cannot be read names none. */
function linkedId() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
}
