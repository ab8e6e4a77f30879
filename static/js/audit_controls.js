/** What staff choose on the page: radius, hour of the week, filters, what to show. */

import { byId } from "./dom.js";

const DAY_HOURS = 24;
const DAY_MS = 86_400_000;

/** @typedef {{radiusM: number, categories: Set<string>, facilities: Set<string>, who: Set<string>, hour: number | null, by: string}} Choice */

/**
 * Call back with the choice whenever it changes; `what` tells whether other stations count, or only the radius or view.
 * @param {(choice: Choice, what: "stations" | "radius" | "view") => void} onChange
 */
export function listen(onChange) {
  const tell = (/** @type {"stations" | "radius" | "view"} */ what) => onChange(choice(), what);
  const [slider, number] = [input("radius"), input("radius-number")];
  slider.addEventListener("input", () => {
    number.value = slider.value;
    tell("radius");
  });
  number.addEventListener("change", () => {
    if (!number.checkValidity() || !number.value) number.value = slider.value;
    slider.value = number.value;
    tell("radius");
  });
  byId("day").addEventListener("change", () => tell("stations"));
  input("hour").addEventListener("input", () => {
    if (select("day").value === "") select("day").value = "0";
    tell("stations");
  });
  for (const box of document.querySelectorAll("#audit-filters input")) box.addEventListener("change", () => tell("stations"));
  for (const radio of document.querySelectorAll('input[name="by"]')) radio.addEventListener("change", () => tell("view"));
}

/** @returns {Choice} */
export function choice() {
  const checked = (/** @type {string} */ name) =>
    new Set([...document.querySelectorAll(`input[name="${name}"]:checked`)].map((box) => /** @type {HTMLInputElement} */ (box).value));
  const day = select("day").value;
  return {
    radiusM: Number(input("radius-number").value),
    categories: checked("category"),
    facilities: checked("facility"),
    who: checked("who"),
    hour: day === "" ? null : Number(day) * DAY_HOURS + Number(input("hour").value),
    by: [...checked("by")][0] ?? "distance",
  };
}

/**
 * Choose an hour of the week as if by hand.
 * @param {number} hour
 */
export function chooseHour(hour) {
  select("day").value = String(Math.floor(hour / DAY_HOURS));
  input("hour").value = String(hour % DAY_HOURS);
  select("day").dispatchEvent(new Event("change"));
}

/**
 * Return the choice in the terms of the API.
 * @param {Choice} choice
 * @param {string} monday the first day of the week told about
 * @returns {Record<string, any>}
 */
export function asked(choice, monday) {
  const { radiusM, categories, facilities, who, hour } = choice;
  return {
    radius: radiusM,
    category: [...categories],
    facility: [...facilities],
    who: [...who],
    ...(hour === null ? {} : { at: momentOf(monday, hour) }),
  };
}

/**
 * Return what is asked as the query of an address.
 * @param {Record<string, any>} given
 */
export function queryOf(given) {
  const pairs = Object.entries(given).flatMap(([name, value]) => [value].flat().map((each) => [name, String(each)]));
  return new URLSearchParams(pairs).toString();
}

/**
 * @param {string} monday
 * @param {number} hour
 */
function momentOf(monday, hour) {
  const day = new Date(Date.parse(`${monday}T00:00Z`) + Math.floor(hour / DAY_HOURS) * DAY_MS);
  return `${day.toISOString().slice(0, 10)}T${String(hour % DAY_HOURS).padStart(2, "0")}:00+08:00`;
}

/**
 * @param {string} id
 */
export function input(id) {
  return /** @type {HTMLInputElement} */ (byId(id));
}

/**
 * @param {string} id
 */
export function select(id) {
  return /** @type {HTMLSelectElement} */ (byId(id));
}
