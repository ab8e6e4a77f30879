/** The switches and boxes of the page, in step with the filters. */

import { layerClosed, layerOpened } from "./history_layers.js";
import { DEFAULT_FILTERS } from "../rider/filter_rules.js";
import { byId, element, setAttribute, setText } from "../shared/dom.js";

/**
 * @typedef {import("../rider/filter_rules.js").Filters} Filters
 * @typedef {"now" | "free" | "always"} Switch
 */

const LISTS = /** @type {const} */ (["category", "facility", "service"]);

/**
 * Show filters and call `change` with new ones.
 * @param {import("../shared/translate.js").Translate} translate
 * @param {Filters} first
 * @param {(filters: Filters) => void} change
 */
export function listenToControls(translate, first, change) {
  let filters = first;
  drawUnrecorded(translate, first);
  const switches = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-switch]")]);
  const boxes = /** @type {HTMLInputElement[]} */ ([...byId("filters").querySelectorAll("input[name]")]);
  const choose = (/** @type {Partial<Filters>} */ part) => {
    const last = filters;
    filters = Object.freeze({ ...filters, ...part });
    render(translate, filters, last, switches, boxes);
    change(filters);
  };
  for (const button of switches) {
    const name = /** @type {Switch | "travel"} */ (button.dataset.switch);
    button.addEventListener("click", () =>
      choose(
        name === "travel" ? { travel: filters.travel === "ebike" ? "walk" : "ebike" } : { [name]: !filters[name] },
      ),
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
  byId("clear").addEventListener("click", () => choose({ ...DEFAULT_FILTERS, travel: filters.travel }));
  const toggle = byId("filters-toggle");
  const open = (/** @type {boolean} */ opens) => {
    byId("filters").hidden = !opens;
    byId("views").hidden = opens; // it would cover the boxes
    toggle.setAttribute("aria-expanded", String(opens));
    if (opens) layerOpened("filters", () => open(false));
    else layerClosed("filters");
  };
  toggle.addEventListener("click", () => open(byId("filters").hidden));
  byId("done").addEventListener("click", () => {
    open(false);
    // Scrolled into view by the browser, it would take the head of the page along.
    const panel = /** @type {HTMLElement} */ (byId("answer").closest(".panel"));
    panel.scrollTop += byId("answer").getBoundingClientRect().top - panel.getBoundingClientRect().top;
    byId("list").focus({ preventScroll: true });
  });
  render(translate, filters, null, switches, boxes);
}

/**
 * Draw a box for each code of a choice that has none, as no station has it on record: what came with a link or from
 * another list can be seen and unticked like the rest.
 * @param {import("../shared/translate.js").Translate} translate
 * @param {Filters} filters
 */
function drawUnrecorded(translate, filters) {
  const form = byId("filters");
  const boxes = LISTS.flatMap((name) =>
    filters[name]
      .filter((value) => !form.querySelector(`[name="${name}"][value="${value}"]`))
      .map((value) =>
        element(
          "label",
          { class: "check" },
          element("input", { type: "checkbox", name, value }),
          element("span", {}, translate(`${name}.${value}`)),
        ),
      ),
  );
  if (!boxes.length) return;
  const legend = element("legend", {}, translate("filter.unrecorded"));
  form.firstElementChild?.after(element("fieldset", { id: "unrecorded" }, legend, ...boxes));
}

/**
 * Return what the filters want and no station has on record, by its names.
 * @returns {string[]}
 */
export function unrecorded() {
  return [...document.querySelectorAll("#unrecorded :checked + span")].map(({ textContent }) => textContent ?? "");
}

/**
 * @param {import("../shared/translate.js").Translate} translate
 * @param {Filters} filters
 * @param {Filters | null} last what is shown
 * @param {readonly HTMLElement[]} switches
 * @param {readonly HTMLInputElement[]} boxes
 */
function render(translate, filters, last, switches, boxes) {
  for (const button of switches) {
    const name = /** @type {Switch | "travel"} */ (button.dataset.switch);
    setAttribute(button, "aria-pressed", String(name === "travel" ? filters.travel === "ebike" : filters[name]));
  }
  for (const box of boxes) {
    const name = /** @type {"category" | "facility" | "service"} */ (box.name);
    if (filters[name] !== last?.[name]) box.checked = filters[name].includes(box.value);
  }
  /** @type {HTMLInputElement} */ (byId("restricted")).checked = filters.restricted;
  const count = filters.category.length + filters.facility.length + filters.service.length + Number(filters.restricted);
  setText(byId("filters-label"), count ? translate("filter.count", { count }) : translate("filter.title"));
}
