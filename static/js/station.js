/** The buttons of a station's page and of its poster; without this script they stay hidden. */

import { copy, share } from "./share.js";

const BUTTONS = "[data-copy], [data-share], [data-print]";

for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(BUTTONS))) button.hidden = false;

// Who came from the list goes back to it as it was, with the position on it.
for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("[data-back], a.brand")))
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !isWhereFrom(link)) return;
    event.preventDefault();
    history.back();
  });

/**
 * Tell whether a link leads to where the visitor came from.
 * @param {HTMLAnchorElement} link
 */
function isWhereFrom({ origin, pathname }) {
  return history.length > 1 && document.referrer.split(/[?#]/)[0] === origin + pathname;
}

document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest(BUTTONS) : null;
  if (button instanceof HTMLElement) void act(button);
});

/** @param {HTMLElement} button */
async function act({ dataset }) {
  if (dataset.print !== undefined) return print();
  const link = location.origin + location.pathname + (document.body.dataset.query ?? "");
  const done = dataset.copy === undefined ? await share(dataset.share ?? "", link) : (await copy(dataset.copy)) && "copied";
  const said = document.getElementById("said");
  if (said && done !== "shared") said.textContent = (done === "copied" ? dataset.done : dataset.failed) ?? "";
}
