/** The study on the page in its address, so that it outlasts a reload and can be handed on. */

import * as controls from "./controls.js";
import { isDay, weekdayOf } from "./figures/days.js";
import { byId } from "../shared/dom.js";

const BOXES = ["category", "facility", "who"];
const HOURS = 24;

/** @typedef {import("./controls.js").StudyQuestion} StudyQuestion */

/** What is chosen where the address says nothing: as the page came. */
const usual = { radius: 0, day: "", who: "" };

/** Set the controls as the address says; what it says of things that are unknown is passed over. */
export function read() {
  const given = new URLSearchParams(location.search);
  usual.radius = controls.currentQuestion().radiusM;
  usual.day = controls.currentQuestion().date;
  usual.who = [...controls.currentQuestion().who].join();
  const along = /** @type {HTMLSelectElement | null} */ (document.getElementById("along"));
  const travel = given.get("travel") ?? "";
  if (along && [...along.options].some(({ value }) => value === travel)) {
    along.value = travel;
    if (given.has("minutes")) controls.input("minutes").value = given.get("minutes") ?? "";
  }
  const radius = given.get("radius");
  if (radius) controls.setRadius(radius);
  const day = given.get("day") ?? "";
  if (isDay(day)) controls.input("date").value = day;
  const hour = given.get("hour") ?? "";
  if (/^\d{1,2}$/.test(hour) && Number(hour) < HOURS) {
    controls.select("day").value = String(weekdayOf(controls.input("date").value));
    controls.input("hour").value = hour;
  }
  if (given.get("by") === "share") radio("share").checked = true;
  controls.input("possible").checked = given.get("possible") === "true";
  for (const name of BOXES) if (given.has(name)) check(name, given.getAll(name));
}

/**
 * Let the address, and that of the page in the other language, say what is chosen.
 * @param {StudyQuestion} question
 */
export function write(question) {
  const query = new URLSearchParams();
  if (question.along) {
    query.set("travel", question.along);
    query.set("minutes", String(question.minutes));
  } else if (question.radiusM !== usual.radius) query.set("radius", String(question.radiusM));
  if (question.date !== usual.day) query.set("day", question.date);
  if (question.hour !== null) query.set("hour", String(question.hour % HOURS));
  if (question.by !== "distance") query.set("by", question.by);
  if (question.possible) query.set("possible", "true");
  for (const code of question.categories) query.append("category", code);
  for (const code of question.facilities) query.append("facility", code);
  const who = [...question.who];
  if (who.join() !== usual.who) for (const code of who.length ? who : [""]) query.append("who", code);
  const language = new URLSearchParams(location.search).get("lang");
  history.replaceState(history.state, "", address(query, language));
  const other = /** @type {HTMLAnchorElement | null} */ (document.getElementById("language"));
  if (other) other.href = address(query, other.hreflang);
}

/**
 * @param {URLSearchParams} query
 * @param {string | null} language
 */
function address(query, language) {
  const all = new URLSearchParams(query);
  if (language) all.set("lang", language);
  return `${location.pathname}${String(all) && `?${all}`}`;
}

/**
 * @param {string} name
 * @param {string[]} codes
 */
function check(name, codes) {
  for (const box of byId("audit-filters").querySelectorAll(`input[name="${name}"]`)) {
    const own = /** @type {HTMLInputElement} */ (box);
    own.checked = codes.includes(own.value);
  }
}

/**
 * @param {string} value
 */
function radio(value) {
  return /** @type {HTMLInputElement} */ (document.querySelector(`input[name="by"][value="${value}"]`));
}
