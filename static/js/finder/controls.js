/** The switches and boxes of the page, kept in step with the choice. */

import { closed, opened } from "./back.js";
import { DEFAULT_CHOICE } from "../rider/filter_rules.js";
import { byId, element, set, write } from "../shared/dom.js";

/**
 * @typedef {import("../rider/filter_rules.js").Choice} Choice
 * @typedef {"now" | "free" | "always"} Switch
 */

const LISTS = /** @type {const} */ (["category", "facility", "service"]);

/**
 * Show a choice and tell `change` each new one.
 * @param {import("../shared/translate.js").Words} say
 * @param {Choice} first
 * @param {(choice: Choice) => void} change
 */
export function listen(say, first, change) {
  let choice = first;
  drawUnrecorded(say, first);
  const switches = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-switch]")]);
  const boxes = /** @type {HTMLInputElement[]} */ ([...byId("filters").querySelectorAll("input[name]")]);
  const choose = (/** @type {Partial<Choice>} */ part) => {
    const last = choice;
    choice = Object.freeze({ ...choice, ...part });
    render(say, choice, last, switches, boxes);
    change(choice);
  };
  for (const button of switches) {
    const name = /** @type {Switch | "travel"} */ (button.dataset.switch);
    button.addEventListener("click", () =>
      choose(name === "travel" ? { travel: choice.travel === "ebike" ? "walk" : "ebike" } : { [name]: !choice[name] }),
    );
  }
  byId("filters").addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    if (target.id === "restricted") choose({ restricted: target.checked });
    else
      choose({
        [target.name]: boxes.filter(({ name, checked }) => checked && name === target.name).map(({ value }) => value),
      });
  });
  byId("clear").addEventListener("click", () => choose({ ...DEFAULT_CHOICE, travel: choice.travel }));
  const toggle = byId("filters-toggle");
  const open = (/** @type {boolean} */ opens) => {
    byId("filters").hidden = !opens;
    byId("views").hidden = opens; // it would cover the boxes
    toggle.setAttribute("aria-expanded", String(opens));
    if (opens) opened("filters", () => open(false));
    else closed("filters");
  };
  toggle.addEventListener("click", () => open(byId("filters").hidden));
  byId("done").addEventListener("click", () => {
    open(false);
    // Scrolled into view by the browser, it would take the head of the page along.
    const panel = /** @type {HTMLElement} */ (byId("answer").closest(".panel"));
    panel.scrollTop += byId("answer").getBoundingClientRect().top - panel.getBoundingClientRect().top;
    byId("list").focus({ preventScroll: true });
  });
  render(say, choice, null, switches, boxes);
}

/**
 * Draw a box for each code of a choice that has none, as no station has it on record: what came with a link or from
 * another list can be seen and unticked like the rest.
 * @param {import("../shared/translate.js").Words} say
 * @param {Choice} choice
 */
function drawUnrecorded(say, choice) {
  const filters = byId("filters");
  const boxes = LISTS.flatMap((name) =>
    choice[name]
      .filter((value) => !filters.querySelector(`[name="${name}"][value="${value}"]`))
      .map((value) =>
        element(
          "label",
          { class: "check" },
          element("input", { type: "checkbox", name, value }),
          element("span", {}, say(`${name}.${value}`)),
        ),
      ),
  );
  if (!boxes.length) return;
  const legend = element("legend", {}, say("filter.unrecorded"));
  filters.firstElementChild?.after(element("fieldset", { id: "unrecorded" }, legend, ...boxes));
}

/**
 * Return what is asked for and no station has on record, by its names.
 * @returns {string[]}
 */
export function unrecorded() {
  return [...document.querySelectorAll("#unrecorded :checked + span")].map(({ textContent }) => textContent ?? "");
}

/**
 * @param {import("../shared/translate.js").Words} say
 * @param {Choice} choice
 * @param {Choice | null} last what is shown
 * @param {readonly HTMLElement[]} switches
 * @param {readonly HTMLInputElement[]} boxes
 */
function render(say, choice, last, switches, boxes) {
  for (const button of switches) {
    const name = /** @type {Switch | "travel"} */ (button.dataset.switch);
    set(button, "aria-pressed", String(name === "travel" ? choice.travel === "ebike" : choice[name]));
  }
  for (const box of boxes) {
    const name = /** @type {"category" | "facility" | "service"} */ (box.name);
    if (choice[name] !== last?.[name]) box.checked = choice[name].includes(box.value);
  }
  /** @type {HTMLInputElement} */ (byId("restricted")).checked = choice.restricted;
  const count = choice.category.length + choice.facility.length + choice.service.length + Number(choice.restricted);
  write(byId("filters-label"), count ? say("filter.count", { count }) : say("filter.title"));
}
