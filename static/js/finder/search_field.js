/** The search field with its list of suggestions (WAI-ARIA combobox pattern): places, and the filters a text names. */

import { byId, element, setChildren } from "../shared/dom.js";
import { lateScript } from "../shared/late_script.js";
import { distanceText } from "../shared/status_text.js";
import { searchWords } from "./search.js";

/**
 * @typedef {import("../shared/translate.js").Translate} Translate
 * @typedef {import("./search.js").Place} Place
 * @typedef {{name: string, detail?: string, isMore?: boolean, act: () => void}} Suggestion
 *   `isMore`: it leads to further suggestions, not away from the field
 * @typedef {HTMLInputElement | HTMLButtonElement} Control a switch or a box of the filters
 */

const MAX_PLACES = 10; // places at first
const MORE = 30; // places that each wish for more adds
const MAX_WITH_FILTER = 3; // places with a filter
const KEPT_AFTER_MS = 30_000; // then a search may be wanted where there is no network

/**
 * Let the rider type a place; empty, the field offers the districts.
 * @param {Translate} translate
 * @param {import("./origin_picker.js").OriginPickerOptions} wishes
 * @returns {() => void} opens the list of the districts
 */
export function startSearchField(translate, wishes) {
  const input = /** @type {HTMLInputElement} */ (byId("search"));
  const list = byId("results");
  /** @type {Suggestion[]} */
  let found = [];
  let foundFor = "";
  let isInVain = false;
  let isNear = false;
  let active = -1;
  let requests = 0;
  let shownMost = MAX_PLACES;
  let source = wishes;
  let mayLoad = Boolean(document.body.dataset.places);
  let isLoading = false;
  const renewed = () => {
    if (!list.hidden) void suggest(shownMost);
  };
  /** Let places of the city be found as well, where the server has some. */
  const load = async () => {
    if (!mayLoad || isLoading) return;
    isLoading = true;
    try {
      const { places } = await lateScript("places");
      source = await places.beside(wishes, renewed);
      mayLoad = false;
    } catch {
      // The next search may have more luck.
    }
    isLoading = false;
    renewed();
  };

  const close = () => {
    requests++;
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const take = (/** @type {number} */ at) => {
    const suggestion = found[at];
    if (!suggestion) return;
    if (!suggestion.isMore) {
      input.value = "";
      close();
      byId("list").focus({ preventScroll: true }); // and the keyboard of a phone goes
    }
    suggestion.act();
  };
  const show = (/** @type {Suggestion[]} */ suggestions, /** @type {string} */ text) => {
    const seen = list.scrollTop;
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
    const none = isLoading ? "where.loading" : mayLoad ? "where.not_loaded" : "where.none";
    const heading = isInVain ? none : isNear ? "where.near" : null;
    const headingOf = (/** @type {string} */ key) =>
      element("li", { class: "nothing", role: "option", "aria-disabled": "true" }, translate(key, { text }));
    setChildren(list, [...(heading ? [headingOf(heading)] : []), ...options]);
    list.hidden = !options.length;
    list.scrollTop = seen;
    input.setAttribute("aria-expanded", String(!list.hidden));
  };
  /** Show what is found for the text in the field; false if it was overtaken by another request. */
  const suggest = async (most = MAX_PLACES) => {
    const text = input.value.trim();
    const mine = ++requests;
    shownMost = most;
    const places = text ? await source.find(text, most + 1) : wishes.districts;
    const joint = text ? await jointly(text) : [];
    if (mine !== requests) return false;
    /** @type {Suggestion[]} */
    const listed = text
      ? [...filtersFor(translate, text), ...places.slice(0, most).map(placed), ...joint]
      : places.map(placed);
    isNear = text !== "" && listed.every(({ isMore }) => isMore);
    const near = isNear ? source.guess(text, MAX_PLACES).map(placed) : [];
    const more = { name: translate("where.more"), isMore: true, act: () => void suggest(most + MORE) };
    show([...near, ...listed, ...(text && !isNear && places.length > most ? [more] : [])], text);
    return true;
  };
  const placed = (/** @type {Place} */ place) => ({
    name: place.name,
    detail: detailOf(place).filter(Boolean).join(" · "),
    isMore: Boolean(place.act),
    act: place.act ?? (() => start(place)),
  });
  /** Start from a place, which the field then names. */
  const start = (/** @type {Place} */ place) => {
    input.value = place.name;
    wishes.choose(place);
  };
  const detailOf = (/** @type {Place} */ { metres, status = "open", detail }) => [
    status === "open" ? "" : translate(`reason.status_${status}`),
    metres === undefined ? "" : distanceText(translate, metres),
    detail,
  ];
  /** Return the places that a part of a text names, each with the filters that the rest of it names. */
  const jointly = async (/** @type {string} */ text) => {
    const { controls, rest } = filtersAndRest(text);
    if (!controls.length) return [];
    const filters = controls.map(filterName).join(translate("list.separator"));
    const turnOn = () => controls.forEach(press);
    if (!rest)
      return controls.length > 1 ? [{ name: translate("where.filter_by", { name: filters }), act: turnOn }] : [];
    const exact = await source.find(rest, MAX_WITH_FILTER);
    return (exact.length ? exact : source.guess(rest, MAX_WITH_FILTER)).map((place) => ({
      ...placed(place),
      name: translate("where.with_filter", { place: place.name, name: filters }),
      act: () => {
        turnOn();
        start(place);
      },
    }));
  };
  /** What else to do where nothing has such a name. */
  const waysOn = () => [
    { name: translate("where.pick_district"), act: () => showDistricts() },
    {
      name: translate("where.tap_map"),
      act: () => /** @type {HTMLElement} */ (byId("views").lastElementChild).click(),
    },
  ];
  const move = (/** @type {number} */ step) => {
    if (list.hidden) return void suggest();
    if (!found.length) return;
    active = (active + step + found.length) % found.length;
    const options = list.querySelectorAll("[aria-selected]");
    for (const [at, option] of options.entries()) option.setAttribute("aria-selected", String(at === active));
    input.setAttribute("aria-activedescendant", `result-${active}`);
    const { offsetTop, offsetHeight } = /** @type {HTMLElement} */ (options[active]);
    list.scrollTop = Math.max(offsetTop + offsetHeight - list.clientHeight, Math.min(list.scrollTop, offsetTop));
  };

  const showDistricts = () => {
    input.value = "";
    input.inputMode = "none"; // no keyboard in front of the list
    input.focus();
    void suggest();
  };

  input.addEventListener("pointerdown", () => (input.inputMode = "search"));
  input.addEventListener("input", () => void suggest());
  input.addEventListener("click", () => {
    void load();
    void suggest();
  });
  input.addEventListener("focus", () => {
    void load();
    if (input.value.trim()) void suggest();
  });
  setTimeout(() => void load(), KEPT_AFTER_MS);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return; // the input method has its own list
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
 * @param {Translate} translate
 * @param {string} text
 * @returns {Suggestion[]}
 */
function filtersFor(translate, text) {
  const words = searchWords(text);
  const typed = words.join("");
  if (typed.length < (/[a-z]/.test(typed) ? 3 : 2)) return [];
  return controls()
    .filter((control) => {
      const terms = termsOf(control);
      const isIn = (/** @type {string} */ word) => terms.some((term) => term.includes(word));
      return isIn(typed) || words.every(isIn);
    })
    .map((control) => ({
      name: translate("where.filter_by", { name: filterName(control) }),
      act: () => press(control),
    }));
}

/**
 * Return the filters that words of a text name, or the beginning or end of its only one, and the text without them.
 * @param {string} text
 * @returns {{controls: Control[], rest: string}}
 */
function filtersAndRest(text) {
  const words = searchWords(text);
  const known = controls().flatMap((control) => termsOf(control).map((term) => ({ control, term })));
  const named = words.map((word) => known.find(({ term }) => term === word)?.control);
  const found = [...new Set(named.flatMap((control) => control ?? []))];
  if (found.length || words.length !== 1)
    return { controls: found, rest: words.filter((_, at) => !named[at]).join(" ") };
  const [word] = words;
  const ends = known.filter(({ term }) => term.length > 1 && (word.endsWith(term) || word.startsWith(term)));
  const [longest] = ends.sort((a, b) => b.term.length - a.term.length);
  if (!longest || word.length - longest.term.length < 2) return { controls: [], rest: text };
  const { length } = longest.term;
  return {
    controls: [longest.control],
    rest: word.endsWith(longest.term) ? word.slice(0, -length) : word.slice(length),
  };
}

/**
 * @returns {Control[]}
 */
function controls() {
  return [...document.querySelectorAll("[data-switch], #filters input[name]")].map(
    (control) => /** @type {Control} */ (control),
  );
}

/**
 * Return what a filter is called, folded, each without blanks: 24小时 is 24 小时.
 * @param {Control} control
 */
function termsOf(control) {
  const others = (control.dataset.also ?? "").split(/\s+/);
  return [filterName(control), control.value, ...others].map((term) => searchWords(term).join("")).filter(Boolean);
}

/**
 * @param {Control} control
 */
function filterName(control) {
  return (control.closest("label") ?? control).textContent?.trim() ?? "";
}

/**
 * Turn a filter on, if it is not.
 * @param {Control} control
 */
function press(control) {
  if (!control.matches(":checked, [aria-pressed=true]")) control.click();
}
