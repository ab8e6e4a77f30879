/** The choice on the page in its address, so that it outlasts a reload and can be handed on. */

import * as controls from "./controls.js";
import { isDay, weekdayOf } from "./figures/days.js";
import { byId } from "../shared/dom.js";

const BOXES = ["category", "facility", "who"];
const HOURS = 24;

/** @typedef {import("./controls.js").Choice} Choice */

/** What is chosen where the address says nothing: as the page came. */
const usual = { radius: 0, day: "", who: "" };

/** Set the controls as the address says; what it says of things that are unknown is passed over. */
export function read() {
  const given = new URLSearchParams(location.search);
  usual.radius = controls.choice().radiusM;
  usual.day = controls.choice().date;
  usual.who = [...controls.choice().who].join();
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
 * @param {Choice} choice
 */
export function write(choice) {
  const said = new URLSearchParams();
  if (choice.radiusM !== usual.radius) said.set("radius", String(choice.radiusM));
  if (choice.date !== usual.day) said.set("day", choice.date);
  if (choice.hour !== null) said.set("hour", String(choice.hour % HOURS));
  if (choice.by !== "distance") said.set("by", choice.by);
  if (choice.possible) said.set("possible", "true");
  for (const code of choice.categories) said.append("category", code);
  for (const code of choice.facilities) said.append("facility", code);
  const who = [...choice.who];
  if (who.join() !== usual.who) for (const code of who.length ? who : [""]) said.append("who", code);
  const language = new URLSearchParams(location.search).get("lang");
  history.replaceState(history.state, "", address(said, language));
  const other = /** @type {HTMLAnchorElement | null} */ (document.getElementById("language"));
  if (other) other.href = address(said, other.hreflang);
}

/**
 * @param {URLSearchParams} said
 * @param {string | null} language
 */
function address(said, language) {
  const all = new URLSearchParams(said);
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
