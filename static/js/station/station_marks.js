/** The server's page of a station, made anew as soon as riders' reports say something else of it. */

import { feedOnPage } from "./feed_on_page.js";
import { SENT, marksUrl } from "../reports/form_loader.js";
import { renewMarks } from "../rider/marks.js";
import { MINUTE_MS } from "../shared/time_units.js";

/**
 * Ask every minute which marks stand while the page is looked at, and call back where its own is another.
 * @param {() => void} renew
 */
export function watchMarks(renew) {
  const main = /** @type {HTMLElement | null} */ (document.querySelector("main[data-reported]"));
  const url = marksUrl();
  if (!main || !url) return;
  const [station] = feedOnPage(main).stations;
  const look = async () => {
    if (document.hidden || !(await renewMarks(url, [station]))) return;
    const reported = station.marks?.reported;
    const shown = reported ? `${reported.devices} ${reported.since}` : "";
    if (shown !== main.dataset.reported) renew();
  };
  setInterval(() => void look(), MINUTE_MS);
  document.addEventListener("visibilitychange", () => void look());
  document.addEventListener(SENT, () => void look());
  addEventListener("online", () => void look());
}
