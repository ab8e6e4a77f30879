/** Where the rider is: typed, chosen or located; never asked for before a tap. */

import { byId, element } from "./dom.js";
import { locate } from "./locate.js";

/**
 * @typedef {import("./i18n.js").Words} Words
 * @typedef {import("./search.js").Place} Place
 * @typedef {{lon: number, lat: number, name: string, note?: string}} Chosen
 *
 * @typedef {object} Wishes
 * @property {(Place & {code: string})[]} districts
 * @property {(text: string) => Place[] | Promise<Place[]>} find
 * @property {(chosen: Chosen) => void} choose told each point
 * @property {(text: string) => void} wait told what is being waited for
 * @property {(text: string) => void} complain told what to do when locating failed
 */

/**
 * Let the rider choose a point.
 * @param {Words} say
 * @param {Wishes} wishes
 * @returns {() => void} opens the list of the districts
 */
export function listen(say, wishes) {
  const { districts, choose } = wishes;
  const select = /** @type {HTMLSelectElement} */ (byId("district"));
  select.append(...districts.map(({ code, name }) => element("option", { value: code }, name)));
  select.addEventListener("change", () => {
    const found = districts.find(({ code }) => code === select.value);
    if (found) choose(found);
  });
  byId("locate").addEventListener("click", () => void useDevice(say, wishes));
  return combobox(say, wishes);
}

/**
 * @param {Words} say
 * @param {Wishes} wishes
 */
async function useDevice(say, { choose, wait, complain }) {
  const button = byId("locate");
  if (button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  wait(say("where.locating"));
  try {
    const fix = await locate();
    const note = fix.isInaccurate ? say("where.inaccurate", { metres: Math.round(fix.accuracyM) }) : undefined;
    choose({ lon: fix.lon, lat: fix.lat, name: say("where.my_location"), note });
  } catch (code) {
    complain(say(`where.${code}`));
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/**
 * The search field with its list of suggestions (WAI-ARIA combobox pattern); empty, it offers the districts.
 * @param {Words} say
 * @param {Wishes} wishes
 * @returns {() => void} opens the list of the districts
 */
function combobox(say, { districts, find, choose }) {
  const input = /** @type {HTMLInputElement} */ (byId("search"));
  const list = byId("results");
  /** @type {Place[]} */
  let found = [];
  let foundFor = "";
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
    const place = found[at];
    if (!place) return;
    input.value = place.name;
    close();
    byId("list").focus({ preventScroll: true }); // and the keyboard of a phone goes
    choose(place);
  };
  const show = (/** @type {Place[]} */ places, /** @type {string} */ text) => {
    found = places;
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
    list.replaceChildren(...(options.length ? options : [nothing()]));
    list.hidden = !text && !options.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
  };
  const suggest = async () => {
    const text = input.value.trim();
    const mine = ++asked;
    const places = text ? await find(text) : districts;
    if (mine === asked) show(places, text);
  };
  const move = (/** @type {number} */ step) => {
    if (list.hidden) return void suggest();
    if (!found.length) return;
    active = (active + step + found.length) % found.length;
    for (const [at, option] of [...list.children].entries())
      option.setAttribute("aria-selected", String(at === active));
    input.setAttribute("aria-activedescendant", `result-${active}`);
    list.children[active].scrollIntoView({ block: "nearest" });
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
    if (text && (list.hidden || foundFor !== text)) await suggest(); // the server may be slower than who types
    take(Math.max(0, active));
  });
  return showDistricts;
}
