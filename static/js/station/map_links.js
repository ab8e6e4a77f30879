/** Links that hand a place to a map app, filled in here from the server's table of them (stationmap/frontend/map_app_links.py). */

import { DRAWN_IN } from "../shared/datum.js";
import { has } from "../shared/translate.js";
import RULES from "../../rules.json" with { type: "json" };

const MAX_TEXT = RULES.max_map_text;
const UNSEEN = /[\p{C}\p{Z}]+/gu;

/**
 * @typedef {object} MapLink
 * @property {string} code
 * @property {import("../shared/datum.js").Datum} datum of what the map is given
 * @property {string} address with places for {lon}, {lat}, {name} and {street}
 * @property {string} bare the address for a place without a street, where that is another
 * @property {Record<string, string>} escapes
 */

/**
 * Return the address that opens a WGS-84 point in a map. Names may hold anything.
 * @param {MapLink} link
 * @param {{lon: number, lat: number, name: string, address: string | null}} place
 */
export function linkTo({ datum, address, bare, escapes }, place) {
  const [lon, lat] = DRAWN_IN[datum](place.lon, place.lat);
  const street = visible(place.address ?? "");
  /** @type {Record<string, string>} */
  const values = {
    lon: lon.toFixed(6),
    lat: lat.toFixed(6),
    name: escaped(visible(place.name), escapes),
    street: escaped(street, escapes),
  };
  return (street ? address : bare || address).replace(/\{(\w+)\}/g, (_, part) => values[part]);
}

/** @param {string} text */
function visible(text) {
  const signs = [...text.replace(UNSEEN, " ").trim()];
  return signs.length <= MAX_TEXT ? signs.join("") : `${signs.slice(0, MAX_TEXT - 1).join("")}…`;
}

/**
 * @param {string} text
 * @param {Record<string, string>} escapes
 */
function escaped(text, escapes) {
  const safe = [...text].map((sign) => (has(escapes, sign) ? escapes[sign] : sign)).join("");
  const percent = (/** @type {string} */ sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(safe).replace(/[!'()*]/g, percent);
}
