/** Where a station stands on record, and where riders say it is: all WGS-84, drawn in the datum of the map. */

import { resource } from "../../shared/resource.js";
import { shell } from "../../map/base_map.js";

/**
 * @typedef {[lon: number, lat: number]} Point WGS-84 degrees
 * @typedef {{name: string, station: Point, reports: Point[]}} Points
 */

const MAX_ZOOM = 18;
const RADIUS_PX = 9;

/**
 * Show the map with all points in view.
 * @param {HTMLElement} holder
 */
export async function showPoints(holder) {
  /** @type {Points} */
  const { station, reports } = await resource("report-points");
  holder.hidden = false;
  const { map } = await shell;
  map.invalidateSize();
  const places = [station, ...reports].map(([lon, lat]) => L.latLng(lat, lon));
  const [here, ...others] = places;
  for (const place of others) {
    L.polyline([here, place], { className: "reports-line", interactive: false }).addTo(map);
    L.circleMarker(place, { radius: RADIUS_PX, className: "reports-point", interactive: false }).addTo(map);
  }
  const own = { radius: RADIUS_PX, className: "reports-point is-station", interactive: false };
  L.circleMarker(here, own).addTo(map);
  map.fitBounds(L.latLngBounds(places).pad(0.3), { maxZoom: MAX_ZOOM });
}
