/** Where a page finds what belongs to reports, all of it told by where they go. */

import { reportsUrl } from "./form_loader.js";

const OWN = /api\/v1\/reports$/;

/**
 * @typedef {object} ReportSite
 * @property {string} api of reports
 * @property {string} stations of the API
 * @property {string} pages of stations
 * @property {string} receipts
 * @property {string} privacy
 */

/** @returns {ReportSite} */
export function reportSite() {
  const api = reportsUrl();
  const { lang = "zh" } = document.body.dataset;
  return {
    api,
    stations: api.replace(/reports$/, "stations"),
    pages: api.replace(OWN, "s/"),
    receipts: api.replace(OWN, "r/"),
    privacy: api.replace(OWN, `privacy?lang=${lang}`),
  };
}
