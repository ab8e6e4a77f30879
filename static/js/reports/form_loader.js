/** The form for reports comes when it is opened, where reports wait on this phone, or once a page was open for a while. */

import { element } from "../shared/dom.js";
import { lateScript } from "../shared/late_script.js";
import { resource } from "../shared/resource.js";

/** @typedef {{id: string, name: string, button: HTMLElement}} Opened of which station */

export const OPEN = "stationmap-report";
export const SENT = "stationmap-reported"; // of this phone: its own page is to show what comes of it at once
const WAITING = "stationmap.reports.waiting"; // see kept.js
const NOTE_MS = 8_000;
const KEPT_AFTER_MS = 30_000;

let isWatching = false;

/** Return where reports go; empty where the server takes none. */
export function reportsUrl() {
  return document.body.dataset.reports ?? "";
}

/** Return where the marks are that stand now; empty where there are none. */
export function marksUrl() {
  return reportsUrl().replace(/reports$/, "marks");
}

/** Open the form for the button of a station that is tapped, and send what waits. */
export function watchReports() {
  if (!reportsUrl() || isWatching) return;
  isWatching = true;
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-report]") : null;
    if (button instanceof HTMLElement) void openForm(button);
  });
  // The form itself goes on with that once it is here.
  if (mayWait()) void load().catch(() => null);
  // Who has looked so long may soon stand at a door, where there is no network perhaps.
  else setTimeout(() => void load().catch(() => null), KEPT_AFTER_MS);
}

/** @param {HTMLElement} button */
async function openForm(button) {
  const { report: id = "", name = "", missing = "" } = button.dataset;
  button.setAttribute("aria-busy", "true");
  try {
    await load();
    document.dispatchEvent(new CustomEvent(OPEN, { detail: { id, name, button } }));
  } catch {
    note(missing);
  }
  button.removeAttribute("aria-busy");
}

/**
 * Say something below everything else, for a while; what was said just before stays beside it.
 * @param {...(Node | string)} parts
 */
export function note(...parts) {
  const shown = element("p", {}, ...parts);
  const notes = document.querySelector(".report-note") ?? element("div", { class: "report-note", role: "status" });
  notes.append(shown);
  if (!notes.isConnected) document.body.append(notes);
  setTimeout(() => {
    shown.remove();
    if (!notes.childNodes.length) notes.remove();
  }, NOTE_MS);
}

function load() {
  return Promise.all([resource("report-words"), lateScript("report_form", "report")]);
}

function mayWait() {
  try {
    return localStorage.getItem(WAITING) !== null;
  } catch {
    return true; // a browser without local storage has a database perhaps
  }
}
