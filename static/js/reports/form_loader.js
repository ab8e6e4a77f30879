/** The form for reports comes when it is opened, or where reports wait on this phone; until then it costs nothing. */

import { element } from "../shared/dom.js";
import { resource } from "../shared/resource.js";

/**
 * @typedef {object} ReportSite what a page says of its server's reports; none where it takes none
 * @property {string} api
 * @property {string} marks
 * @property {string} stations of the API
 * @property {string} pages of stations
 * @property {string} script
 * @property {string} style
 * @property {string} receipts
 * @property {string} privacy
 * @property {string} missing what to say where the form does not come
 *
 * @typedef {{id: string, name: string, button: HTMLElement}} Opened of which station
 */

export const OPEN = "stationmap-report";
const WAITING = "stationmap.reports.waiting"; // see kept.js
const NOTE_MS = 8_000;

/** @type {Promise<unknown> | null} */
let loading = null;
let isWatching = false;

/** @returns {ReportSite | null} */
export function reportSite() {
  return JSON.parse(document.body.dataset.reports || "null");
}

/** Open the form for the button of a station that is tapped, and send what waits. */
export function watchReports() {
  const site = reportSite();
  if (!site || isWatching) return;
  isWatching = true;
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-report]") : null;
    if (button instanceof HTMLElement) void openForm(site, button);
  });
  // The form itself goes on with that once it is here.
  if (mayWait()) void load(site).catch(() => null);
}

/**
 * @param {ReportSite} site
 * @param {HTMLElement} button
 */
async function openForm(site, button) {
  const { report: id = "", name = "" } = button.dataset;
  button.setAttribute("aria-busy", "true");
  try {
    await load(site);
    document.dispatchEvent(new CustomEvent(OPEN, { detail: { id, name, button } }));
  } catch {
    note(site.missing);
  }
  button.removeAttribute("aria-busy");
}

/**
 * Say something below everything else, for a while.
 * @param {...(Node | string)} parts
 */
export function note(...parts) {
  const shown = element("p", { class: "report-note", role: "status" }, ...parts);
  document.body.append(shown);
  setTimeout(() => shown.remove(), NOTE_MS);
}

/**
 * @param {ReportSite} site
 */
function load({ script, style }) {
  loading =
    loading ??
    Promise.all([
      loaded(element("link", { rel: "stylesheet", href: style })),
      resource("report-words"),
      loaded(element("script", { src: script })),
    ]);
  loading.catch(() => (loading = null)); // the next tap may have more luck
  return loading;
}

/**
 * Let the page load what an element names.
 * @param {HTMLElement} made
 * @returns {Promise<unknown>}
 */
function loaded(made) {
  return new Promise((resolve, reject) => {
    made.onload = resolve;
    made.onerror = () => {
      made.remove();
      reject(new Error("it did not come"));
    };
    document.head.append(made);
  });
}

function mayWait() {
  try {
    return localStorage.getItem(WAITING) !== null;
  } catch {
    return true; // a browser without local storage has a database perhaps
  }
}
