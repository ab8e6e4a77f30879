/** The buttons of a station's page and of its poster; without this script they stay hidden. */

import { copy, share } from "./share.js";

/** @type {NodeListOf<HTMLElement>} */
const buttons = document.querySelectorAll("[data-copy], [data-share], [data-print]");

for (const button of buttons) {
  button.hidden = false;
  button.addEventListener("click", () => void act(button));
}

/** @param {HTMLElement} button */
async function act({ dataset }) {
  if (dataset.print !== undefined) return print();
  const { origin, pathname } = location;
  const done =
    dataset.copy === undefined
      ? await share(dataset.share ?? "", origin + pathname)
      : (await copy(dataset.copy)) && "copied";
  const said = document.getElementById("said");
  if (said && done !== "shared") said.textContent = (done === "copied" ? dataset.done : dataset.failed) ?? "";
}
