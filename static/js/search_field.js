/** The search field with its list of suggestions (WAI-ARIA combobox pattern): places, and the filters a text names. */

import { byId, element } from "./dom.js";

/**
 * @typedef {import("./i18n.js").Words} Words
 * @typedef {import("./search.js").Place} Place
 * @typedef {{name: string, detail?: string, act: () => void}} Suggestion
 */

/**
 * Let the rider type a place; empty, the field offers the districts.
 * @param {Words} say
 * @param {import("./where.js").Wishes} wishes
 * @returns {() => void} opens the list of the districts
 */
export function listen(say, { districts, find, choose }) {
  const input = /** @type {HTMLInputElement} */ (byId("search"));
  const list = byId("results");
  /** @type {Suggestion[]} */
  let found = [];
  let foundFor = "";
  let isInVain = false;
  let active = -1;
  let asked = 0;

  const close = () => {
    asked++;
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const take = (/** @type {number} */ at) => {
    const suggestion = found[at];
    if (!suggestion) return;
    input.value = "";
    close();
    byId("list").focus({ preventScroll: true }); // and the keyboard of a phone goes
    suggestion.act();
  };
  const show = (/** @type {Suggestion[]} */ suggestions, /** @type {string} */ text) => {
    isInVain = !suggestions.length && text !== "";
    found = isInVain ? waysOn() : suggestions;
    foundFor = text;
    active = -1;
    input.removeAttribute("aria-activedescendant");
    const options = found.map(({ name, detail }, at) =>
      element(
        "li",
        {
          role: "option",
          id: `result-${at}`,
          "aria-selected": "false",
          onmousedown: (/** @type {Event} */ event) => event.preventDefault(),
          onclick: () => take(at),
        },
        element("bdi", {}, name),
        detail ? element("small", {}, element("bdi", {}, detail)) : null,
      ),
    );
    const nothing = () =>
      element("li", { class: "nothing", role: "option", "aria-disabled": "true" }, say("where.none", { text }));
    list.replaceChildren(...(isInVain ? [nothing()] : []), ...options);
    list.hidden = !options.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
  };
  /** Show what is found for the text in the field; false if another question was quicker. */
  const suggest = async () => {
    const text = input.value.trim();
    const mine = ++asked;
    const places = text ? await find(text) : districts;
    if (mine !== asked) return false;
    show([...(text ? filtersFor(say, text) : []), ...places.map(placed)], text);
    return true;
  };
  const placed = (/** @type {Place} */ place) => ({
    ...place,
    act: () => {
      input.value = place.name;
      choose(place);
    },
  });
  /** What else to do where nothing has such a name. */
  const waysOn = () => [
    { name: say("where.pick_district"), act: () => showDistricts() },
    { name: say("where.tap_map"), act: () => /** @type {HTMLElement} */ (byId("views").lastElementChild).click() },
  ];
  const move = (/** @type {number} */ step) => {
    if (list.hidden) return void suggest();
    if (!found.length) return;
    active = (active + step + found.length) % found.length;
    const options = list.querySelectorAll("[aria-selected]");
    for (const [at, option] of options.entries()) option.setAttribute("aria-selected", String(at === active));
    input.setAttribute("aria-activedescendant", `result-${active}`);
    options[active].scrollIntoView({ block: "nearest" });
  };

  const showDistricts = () => {
    input.value = "";
    input.inputMode = "none"; // no keyboard in front of the list
    input.focus();
    void suggest();
  };

  input.addEventListener("pointerdown", () => (input.inputMode = "search"));
  input.addEventListener("input", suggest);
  input.addEventListener("click", suggest);
  input.addEventListener("focus", () => void (input.value.trim() && suggest()));
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  byId("where").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = input.value.trim();
    // The server may be slower than who types, or presses twice: what is found for another text is not taken.
    if (text && (list.hidden || foundFor !== text) && !(await suggest())) return;
    take(isInVain ? active : Math.max(0, active));
  });
  return showDistricts;
}

/**
 * Return the switches and boxes that a text names, as suggestions: who types 厕所 looks for a station that has one.
 * @param {Words} say
 * @param {string} text
 * @returns {Suggestion[]}
 */
function filtersFor(say, text) {
  const typed = folded(text);
  if (typed.length < (/[a-z]/.test(typed) ? 3 : 2)) return [];
  const controls = /** @type {NodeListOf<HTMLInputElement | HTMLButtonElement>} */ (
    document.querySelectorAll("[data-switch], #filters [name]")
  );
  return [...controls].flatMap((control) => {
    const name = (control.closest("label") ?? control).textContent?.trim() ?? "";
    const isMeant = [name, control.value, control.dataset.also ?? ""].some((words) => folded(words).includes(typed));
    const act = () => control.matches(":checked, [aria-pressed=true]") || control.click();
    return isMeant ? [{ name: say("where.filter_by", { name }), act }] : [];
  });
}

/**
 * Return words as they are compared: 24小时 is 24 小时, and wifi is Wi-Fi.
 * @param {string} words
 */
function folded(words) {
  return words.toLowerCase().replace(/[\s_-]/g, "");
}
