/** Where the rider is: typed, chosen or located; never asked for before a tap. */

import { carried } from "./carried.js";
import { byId, element } from "./dom.js";
import { locate } from "./locate.js";
import { distance } from "./say.js";
import * as field from "./search_field.js";

/**
 * @typedef {import("./i18n.js").Words} Words
 * @typedef {import("./search.js").Place} Place
 * @typedef {import("./locate.js").Fix} Fix
 * @typedef {{lon: number, lat: number, name: string, note?: string, code?: string, id?: string, fix?: Fix}} Chosen
 *   `code`: of a district; `id`: of a station; `fix`: what the device said
 *
 * @typedef {object} Wishes
 * @property {(Place & {code: string})[]} districts
 * @property {(text: string) => Place[] | Promise<Place[]>} find
 * @property {(point: Chosen) => Place | undefined} again the same place as it is called on this page
 * @property {(chosen: Chosen) => void} choose told each point
 * @property {(text: string) => void} wait told what is being waited for
 * @property {(text: string) => void} complain told what to do when locating failed
 */

const INACCURATE_M = 200;
const IN_CHAT = /MicroMessenger|QQ\//; // as in stationmap/links.py

/**
 * Let the rider choose a point.
 * @param {Words} say
 * @param {Wishes} wishes
 * @returns {() => void} opens the list of the districts
 */
export function listen(say, wishes) {
  const { districts, again, choose } = wishes;
  const select = /** @type {HTMLSelectElement} */ (byId("district"));
  select.append(...districts.map(({ code, name }) => element("option", { value: code }, name)));
  select.addEventListener("change", () => {
    const found = districts.find(({ code }) => code === select.value);
    if (found) choose(found);
  });
  byId("locate").addEventListener("click", () => void useDevice(say, wishes));
  const point = carried();
  if (point?.fix) choose(located(say, point.fix));
  else if (point) choose(again(point) ?? { ...point, name: point.id ? point.name : say("where.map_point") });
  return field.listen(say, wishes);
}

/**
 * @param {Words} say
 * @param {Fix} fix
 * @returns {Chosen}
 */
function located(say, fix) {
  const { lon, lat, accuracyM } = fix;
  const isRough = accuracyM > INACCURATE_M;
  const note = isRough ? say("where.inaccurate", { distance: distance(say, accuracyM) }) : undefined;
  return { lon, lat, name: say("where.my_location"), note, fix };
}

/**
 * @param {Words} say
 * @param {Wishes} wishes
 */
async function useDevice(say, { choose, wait, complain }) {
  const button = byId("locate");
  if (button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  wait(say("where.locating"));
  try {
    choose(located(say, await locate()));
  } catch (code) {
    complain(say(code === "denied" && IN_CHAT.test(navigator.userAgent) ? "where.denied_in_chat" : `where.${code}`));
  } finally {
    button.removeAttribute("aria-busy");
  }
}
