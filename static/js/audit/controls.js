/** What staff choose on the page: radius, hour of the week, filters, what to show. */

import { dayAfter, isDay, mondayOf, present, weekdayOf } from "./figures/days.js";
import { byId } from "../shared/dom.js";

const DAY_HOURS = 24;

/**
 * @typedef {{radiusM: number, categories: Set<string>, facilities: Set<string>, who: Set<string>, date: string, hour: number | null,
 *   possible: boolean, by: string, along: string, minutes: number}} StudyQuestion the day studied; the hour of its week, null for any; whether what possibly counts serves already
 * @typedef {{radius?: number, by?: string, travel?: string, minutes?: number, category: string[], facility: string[], who: string[], day: string, possible?: boolean, at?: string}} StudyParameters
 *   a question in the terms of the API
 */

/**
 * Call back with the question whenever it changes; `what` tells whether other stations count, or only the radius or view.
 * @param {(question: StudyQuestion, what: "stations" | "radius" | "view") => void} onChange
 */
export function listen(onChange) {
  const notify = (/** @type {"stations" | "radius" | "view"} */ what) => onChange(currentQuestion(), what);
  const [slider, number] = [input("radius"), input("radius-number")];
  slider.addEventListener("input", () => {
    number.value = slider.value;
    notify("radius");
  });
  number.addEventListener("change", () => {
    setRadius(number.value);
    notify("radius");
  });
  for (const id of ["along", "minutes"])
    document.getElementById(id)?.addEventListener("change", () => notify("stations"));
  input("date").addEventListener("change", () => {
    if (!isDay(input("date").value)) input("date").value = input("date").defaultValue;
    if (select("day").value !== "") select("day").value = weekday();
    notify("stations");
  });
  byId("day").addEventListener("change", () => {
    const chosen = select("day").value;
    if (chosen !== "") input("date").value = dayAfter(mondayOf(input("date").value), Number(chosen));
    notify("stations");
  });
  input("hour").addEventListener("input", () => {
    if (select("day").value === "") select("day").value = weekday();
    notify("stations");
  });
  byId("now").addEventListener("click", () => {
    const { day, hour } = present();
    input("date").value = day;
    input("hour").value = String(hour);
    select("day").value = weekday();
    notify("stations");
  });
  byId("possible").addEventListener("change", () => notify("radius"));
  for (const box of document.querySelectorAll("#audit-filters input"))
    box.addEventListener("change", () => notify("stations"));
  for (const radio of document.querySelectorAll('input[name="by"]'))
    radio.addEventListener("change", () => notify("view"));
}

/**
 * @param {string} metres as typed; what cannot be meant leaves the radius as it was
 */
export function setRadius(metres) {
  const [slider, number] = [input("radius"), input("radius-number")];
  number.value = metres;
  if (!number.checkValidity() || !number.value) number.value = slider.value;
  slider.value = number.value;
}

/** Return the day of the week of the date chosen. */
function weekday() {
  return String(weekdayOf(input("date").value));
}

/** @returns {StudyQuestion} */
export function currentQuestion() {
  const checked = (/** @type {string} */ name) =>
    new Set(
      [...document.querySelectorAll(`input[name="${name}"]:checked`)].map(
        (box) => /** @type {HTMLInputElement} */ (box).value,
      ),
    );
  const day = select("day").value;
  const { along, minutes, metresPerMinute } = alongStreets();
  return {
    radiusM: metresPerMinute === null ? Number(input("radius-number").value) : minutes * metresPerMinute,
    along,
    minutes,
    categories: checked("category"),
    facilities: checked("facility"),
    who: checked("who"),
    date: input("date").value,
    hour: day === "" ? null : Number(day) * DAY_HOURS + Number(input("hour").value),
    possible: input("possible").checked,
    by: [...checked("by")][0] ?? "distance",
  };
}

/**
 * Return how people come along streets, "" for straight lines, within how many minutes, and the metres each stands for.
 * @returns {{along: string, minutes: number, metresPerMinute: number | null}}
 */
export function alongStreets() {
  const along = /** @type {HTMLSelectElement | null} */ (document.getElementById("along"));
  if (!along) return { along: "", minutes: 0, metresPerMinute: null };
  const number = input("minutes");
  number.disabled = along.value === "";
  labelOf(number).hidden = number.disabled;
  for (const id of ["radius", "radius-number"]) input(id).disabled = input(id).hidden = !number.disabled;
  labelOf(input("radius-number")).hidden = !number.disabled;
  if (!number.checkValidity()) number.value = number.defaultValue;
  const each = Number(along.selectedOptions[0].dataset.metresPerMinute);
  return { along: along.value, minutes: Number(number.value), metresPerMinute: along.value ? each : null };
}

/** @param {HTMLInputElement} control */
function labelOf(control) {
  return /** @type {HTMLElement} */ (control.parentElement);
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
 * Return a question in the terms of the API.
 * @param {StudyQuestion} question
 * @returns {StudyParameters}
 */
export function parametersOf({ radiusM, along, minutes, categories, facilities, who, date, hour, possible }) {
  return {
    ...(along ? { by: "network", travel: along, minutes } : { radius: radiusM }),
    category: [...categories],
    facility: [...facilities],
    who: [...who],
    day: date,
    ...(possible ? { possible } : {}),
    ...(hour === null ? {} : { at: `${date}T${String(hour % DAY_HOURS).padStart(2, "0")}:00+08:00` }),
  };
}

/**
 * Return parameters as the query of an address.
 * @param {Record<string, unknown>} parameters
 */
export function queryOf(parameters) {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    [value].flat().map((each) => [name, String(each)]),
  );
  return new URLSearchParams(pairs).toString();
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
