/** The links and buttons of a station's page and of its poster; without this script the buttons stay hidden. */

import { handOver, handedOver } from "../rider/handed_over.js";
import { watchReports } from "../reports/form_loader.js";
import { refreshAutomatically } from "./auto_refresh.js";
import { copy, share } from "../shared/share.js";
import { watchMarks } from "./station_marks.js";
import { begin } from "./station_journey.js";

const BUTTONS = "[data-copy], [data-share], [data-print]";
const BACK = "[data-back], a.brand";

/**
 * Show the buttons, and call the way back what it is: who came straight here has no list to go back to.
 * @param {ParentNode} content
 */
function prepare(content) {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (content.querySelectorAll(BUTTONS)))
    button.hidden = false;
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (content.querySelectorAll("[data-back]")))
    if (!isWhereFrom(link)) link.textContent = link.dataset.back ?? "";
}

/**
 * Tell whether a link leads to where the visitor came from.
 * @param {HTMLAnchorElement} link
 */
function isWhereFrom(link) {
  const { origin, pathname } = new URL(link.getAttribute("href") ?? "", location.href);
  return history.length > 1 && document.referrer.split(/[?#]/)[0] === origin + pathname;
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const button = target?.closest(BUTTONS);
  if (button instanceof HTMLElement) void act(button);
  const link = target?.closest(BACK);
  if (link instanceof HTMLAnchorElement) goBack(event, link);
});

/**
 * Who came from the list goes back to it as it was; who did not is shown what is near this station.
 * @param {MouseEvent} event
 * @param {HTMLAnchorElement} link
 */
function goBack(event, link) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const { id, lon, lat } = /** @type {HTMLElement | null} */ (document.querySelector("main"))?.dataset ?? {};
  const name = document.querySelector("h1")?.textContent ?? "";
  if (isWhereFrom(link)) {
    event.preventDefault();
    history.back();
  } else if (id) {
    const known = handedOver();
    // A rider who gave a position starts from there, and hears of this station first.
    if (known?.point.fix) handOver({ ...known.point, id, looked: name }, known.travel);
    else handOver({ id, lon: Number(lon), lat: Number(lat), name });
  }
}

/** @param {HTMLElement} button */
async function act({ dataset }) {
  if (dataset.print !== undefined) return print();
  const link = location.origin + location.pathname + (document.body.dataset.query ?? "");
  const stale = document.querySelector("#stale:not([hidden])")?.textContent;
  const text = [dataset.share, stale].filter(Boolean).join("\n");
  const done = dataset.copy === undefined ? await share(text, link) : (await copy(dataset.copy)) && "copied";
  const said = document.getElementById("said");
  if (said && done !== "shared") said.textContent = (done === "copied" ? dataset.done : dataset.failed) ?? "";
}

prepare(document);
watchMarks(refreshAutomatically(prepare));
watchReports();
begin();
