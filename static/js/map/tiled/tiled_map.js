/** The finder's map of a registry too large for a phone: its stations come as tiles of what is in view. */

import { clustersOf } from "../clusters.js";
import { StationTiles } from "./station_tiles.js";
import { TilePopups } from "./tile_popup.js";
import { TiledGroups } from "./tiled_groups.js";
import { ago } from "../../rider/data_age.js";
import { relaxed } from "../../rider/filter_rules.js";
import { now } from "../../shared/clock.js";
import { element, icon, setText } from "../../shared/dom.js";
import { loaded } from "../../shared/library.js";
import { resource } from "../../shared/resource.js";

/** @typedef {import("../map_view.js").MapView} MapView */

const COUNTRY_ZOOM = 3; // where all of it is in a phone's view
const GUESS_ZOOM = 9; // a city and what is around it

/** @type {Promise<TiledMap> | null} */
let made = null;

/**
 * Show on a map what its finder shows, of all stations.
 * @param {MapView} view
 */
export async function use(view) {
  made = made ?? tiledOf(view);
  made.catch(() => (made = null)); // the next look may have more luck
  (await made).update();
}

/** @param {MapView} view */
async function tiledOf(view) {
  const { href } = /** @type {HTMLLinkElement} */ (document.getElementById("words"));
  const [own] = await Promise.all([
    fetch(href.replace(/(\w+\.json)$/, "tiled.$1")),
    loaded(href.replace(/i18n\/.*/, "vendor/pbf/pbf.js")),
  ]);
  if (!own.ok) throw new Error(own.url);
  Object.assign(await resource("words"), await own.json());
  return new TiledMap(view, /** @type {import("../station_layer.js").StationLayer} */ (view.layer));
}

class TiledMap {
  /**
   * @param {MapView} view
   * @param {import("../station_layer.js").StationLayer} layer
   */
  constructor(view, layer) {
    const { finder } = view;
    const { translate, site } = finder;
    this.finder = finder;
    this.layer = layer;
    const address = (site.nearest ?? "").replace(/api\/v1\/nearest$/, "tiles/stations.json");
    this.tiles = new StationTiles(
      address,
      () => this.draw(),
      () => this.tell(),
    );
    this.groups = new TiledGroups(this.tiles);
    this.popups = new TilePopups(finder, layer.map, (shown) => view.stateName(shown));
    this.note = element("p", { class: "tiled-note", role: "status" });
    this.takeOver(view);
    layer.map.getContainer().parentElement?.append(this.note);
    explain(translate);
  }

  /**
   * Let the map have stations of tiles.
   * @param {MapView} view
   */
  takeOver(view) {
    const { layer, popups, groups, finder } = this;
    const { translate } = finder;
    const { options } = layer;
    const stateName = view.stateName.bind(view);
    view.stateName = (shown) => (shown.isOfTile ? translate(`tiled.${shown.state}`) : stateName(shown));
    layer.options = {
      ...options,
      clusterName: (count, open) => translate("tiled.cluster", { count, open }),
      detailsOf: (shown, beside) =>
        shown.isOfTile ? view.withOthers(popups.contentOf(shown), beside) : options.detailsOf(shown, beside),
    };
    // Along a route, only what makes it little longer.
    layer.groupsOf = (answer) => (finder.guide?.isAlong ? clustersOf(answer) : groups.with(answer));
    layer.map.getContainer().classList.add("is-tiled");
    const wasAtEdge = layer.map.getZoom() === layer.map.getMinZoom();
    layer.map.setMinZoom(COUNTRY_ZOOM);
    if (wasAtEdge && !finder.point)
      view.look(); // the country is in no view of a city's map
    else if (isGuessed(view)) layer.map.setZoom(GUESS_ZOOM, { animate: false });
    view.show();
  }

  /** Have what the rider's choice means as of now. */
  update() {
    this.popups.forget();
    this.tiles.choose(this.query());
  }

  /** Return the rider's choice as the server's tiles take it. */
  query() {
    const { filters, ranking } = this.finder;
    const { restricted, always, free, category, facility, service } = relaxed(filters, ranking.dropped);
    const query = new URLSearchParams({ facility_or_unknown: "true", [restricted ? "in_use" : "for_riders"]: "true" });
    if (always) query.set("always", "true");
    for (const who of free ? ["public", "unknown"] : []) query.append("who", who);
    for (const [name, codes] of Object.entries({ category, facility, service }))
      for (const code of [...codes].sort()) query.append(name, code);
    return `?${query}`;
  }

  draw() {
    if (this.layer.isVisible()) this.layer.draw();
    this.tell();
  }

  /** Say what is not as it should be, and nothing else. */
  tell() {
    const { tiles, note } = this;
    const { translate } = this.finder;
    if (!tiles.isAway && tiles.coming.size) return; // it is not known yet
    const { agedAt } = tiles;
    const aged = agedAt && translate("tiled.aged", { ago: ago(translate, now() - agedAt) });
    setText(note, tiles.isAway ? aged || translate("tiled.away") : "");
    note.hidden = !tiles.isAway;
    this.layer.map.getContainer().parentElement?.classList.toggle("is-told", tiles.isAway);
  }
}

/**
 * Say whether a map is where nobody asked for: near three stations of the densest place of a whole country.
 * @param {MapView} view
 */
function isGuessed({ finder, layer, opened }) {
  const [entry] = performance.getEntriesByType("navigation");
  const type = /** @type {PerformanceNavigationTiming} */ (entry)?.type;
  const isAgain = type === "reload" || type === "back_forward"; // it is where it was left
  const { heart } = finder.gazetteer;
  return !isAgain && !finder.point && !opened && heart && layer?.map.getBounds().contains([heart.lat, heart.lon]);
}

/**
 * Let the legend say what is another thing here.
 * @param {import("../../shared/translate.js").Translate} translate
 */
function explain(translate) {
  const clusters = document.querySelector(".legend .cluster");
  if (clusters?.nextSibling) clusters.nextSibling.textContent = translate("tiled.legend_cluster");
  for (const state of ["open", "unknown", "closed"]) {
    const said = document.querySelector(`.legend .is-${state}`)?.nextSibling;
    if (said) said.textContent = translate(`tiled.legend_${state}`);
  }
  const marker = element("span", { class: "marker is-open is-listed" }, icon("outdoor_worker"));
  clusters?.parentElement?.before(element("li", {}, marker, element("span", {}, translate("tiled.legend_listed"))));
}
