/** Where the rider is: typed, chosen or located; never requested before a tap. */

import { byId, element } from "../shared/dom.js";
import { locate } from "../rider/locate.js";
import { startSearchField } from "./search_field.js";
import { originOfFix } from "../rider/origin.js";
import RULES from "../../rules.json" with { type: "json" };

/**
 * @typedef {import("../shared/translate.js").Translate} Translate
 * @typedef {import("./search.js").Place} Place
 * @typedef {import("../rider/locate.js").Fix} Fix
 * @typedef {{lon: number, lat: number, name: string, note?: string, code?: string, id?: string, fix?: Fix,
 *   looked?: string, isRough?: boolean}} Origin
 *   `code`: of a district; `fix`: what the device said; `id`: of the station that was looked up, `looked`: its name where
 *   the rider is elsewhere; `isRough`: tapped from afar
 *
 * @typedef {object} OriginPickerOptions
 * @property {(Place & {code: string})[]} districts
 * @property {(text: string, most: number) => Place[] | Promise<Place[]>} find
 * @property {(text: string, most: number) => Place[]} guess what is nearly called so
 * @property {(chosen: Origin) => void} choose called with each point
 * @property {() => Origin | null} chosen
 * @property {(text: string) => void} wait called with what is being waited for
 * @property {(text: string) => void} complain called with what to do when locating failed
 */

/**
 * Let the rider choose a point.
 * @param {Translate} translate
 * @param {OriginPickerOptions} wishes
 * @returns {() => void} opens the list of the districts
 */
export function startOriginPicker(translate, wishes) {
  const { districts, choose } = wishes;
  const select = /** @type {HTMLSelectElement} */ (byId("district"));
  select.append(...districts.map(({ code, name }) => element("option", { value: code }, name)));
  select.addEventListener("change", () => {
    const found = districts.find(({ code }) => code === select.value);
    if (found) choose(found);
  });
  byId("locate").addEventListener("click", () => void useDevice(translate, wishes));
  return startSearchField(translate, wishes);
}

/**
 * Return a point that was chosen on another page, as it is called on this one.
 * @param {Translate} translate
 * @param {import("./search.js").Gazetteer} gazetteer
 * @param {Origin} point
 * @returns {Origin}
 */
export function renamedOrigin(translate, gazetteer, point) {
  const { id, looked } = point;
  if (point.fix) return { ...originOfFix(translate, point.fix), ...(looked ? { id, looked } : {}) };
  return gazetteer.again(point) ?? { ...point, name: point.id ? point.name : translate("where.map_point") };
}

/**
 * Return where the device is by now, if that needs no tap; null if it does, or if the device does not say.
 * @param {Translate} translate
 * @returns {Promise<Origin | null>}
 */
export async function relocate(translate) {
  try {
    const { state } = await navigator.permissions.query({ name: "geolocation" });
    return state === "granted" ? originOfFix(translate, await locate()) : null;
  } catch {
    return null;
  }
}

/** @type {Origin | null} the point there was when the position was last requested */
let before = null;

/**
 * @param {Translate} translate
 * @param {OriginPickerOptions} wishes
 */
async function useDevice(translate, { choose, chosen, wait, complain }) {
  const button = byId("locate");
  before = chosen();
  wait(translate("where.locating"));
  if (button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  // Who has chosen a point meanwhile wants that one.
  const isWanted = () => chosen() === before;
  try {
    const fix = await locate();
    if (isWanted()) choose(originOfFix(translate, fix));
  } catch (code) {
    const key =
      code === "denied" && RULES.chat_apps.some((app) => navigator.userAgent.includes(app)) ? "denied_in_chat" : code;
    if (isWanted()) complain(translate(`where.${key}`));
  } finally {
    button.removeAttribute("aria-busy");
  }
}
