/** The filters as the query of the page's address, so that a view can be shared. No position is ever part of it. */

import { DEFAULT_FILTERS } from "../rider/filter_rules.js";

/** @typedef {import("../rider/filter_rules.js").Filters} Filters */

const SWITCHES = /** @type {const} */ (["now", "always", "free", "restricted"]);
const KEPT = "stationmap.choice";
const LISTS = /** @type {const} */ (["category", "facility", "service"]);
const NAMES = [...SWITCHES, ...LISTS, "travel"];

/**
 * Return the filters of a query; what it leaves out, or gives in an unknown form, has its default.
 * @param {URLSearchParams} query
 * @param {string} [usual] how riders travel here who say nothing of it
 * @returns {Filters}
 */
export function filtersIn(query, usual = DEFAULT_FILTERS.travel) {
  const filters = { ...DEFAULT_FILTERS };
  for (const name of SWITCHES) {
    const value = query.get(name);
    if (value === "1" || value === "0") filters[name] = value === "1";
  }
  for (const name of LISTS)
    filters[name] = [...new Set(query.getAll(name))].filter((code) => /^[a-z0-9_]{1,40}$/.test(code));
  const travel = [query.get("travel"), usual].find((one) => one === "walk" || one === "ebike");
  if (travel) filters.travel = /** @type {Filters["travel"]} */ (travel);
  return filters;
}

/**
 * Return the query with the choice in it, everything else (such as the language) kept. Defaults are left out, but where
 * there is nothing else that they are wanted is said: without it, who opens the address sees their own last choice.
 * @param {URLSearchParams} query
 * @param {Filters} filters
 * @param {string} [usual] how riders travel here who say nothing of it
 * @returns {URLSearchParams}
 */
export function queryWith(query, filters, usual = DEFAULT_FILTERS.travel) {
  const next = new URLSearchParams(query);
  for (const name of NAMES) next.delete(name);
  for (const name of SWITCHES) if (filters[name] !== DEFAULT_FILTERS[name]) next.set(name, filters[name] ? "1" : "0");
  for (const name of LISTS) for (const code of filters[name]) next.append(name, code);
  if (filters.travel !== usual) next.set("travel", filters.travel);
  if (!says(next)) next.set("now", "1");
  return next;
}

/**
 * Return the query to begin with: the page's own where it has filters, else those last used on this device.
 * @param {URLSearchParams} query
 * @param {string} [usual]
 * @returns {URLSearchParams}
 */
export function queryToStartWith(query, usual) {
  if (says(query)) return query;
  try {
    return queryWith(query, filtersIn(new URLSearchParams(localStorage.getItem(KEPT) ?? ""), usual), usual);
  } catch {
    return query; // some browsers lend a page no storage
  }
}

/**
 * Tell whether a query says anything of what is wanted.
 * @param {URLSearchParams} query
 */
function says(query) {
  return NAMES.some((name) => query.has(name));
}

/**
 * Remember on this device what the rider changed: the rest of a view that was shared with them is not their own choice.
 * @param {Filters} before
 * @param {Filters} after
 */
export function remember(before, after) {
  try {
    const known = new URLSearchParams(localStorage.getItem(KEPT) ?? "");
    const own = filtersIn(known);
    // What is usual here may change: a way to travel that was never chosen is not remembered.
    const isChosen = known.has("travel") || after.travel !== before.travel;
    const usual = isChosen ? "" : own.travel;
    localStorage.setItem(KEPT, queryWith(new URLSearchParams(), changed(own, before, after), usual).toString());
  } catch {
    // Then the next visit begins with the default.
  }
}

/**
 * Return filters with what was changed between two others.
 * @param {Filters} own
 * @param {Filters} before
 * @param {Filters} after
 * @returns {Filters}
 */
function changed(own, before, after) {
  const next = { ...own };
  for (const name of SWITCHES) if (after[name] !== before[name]) next[name] = after[name];
  for (const name of LISTS) {
    const added = after[name].filter((code) => !before[name].includes(code) && !own[name].includes(code));
    next[name] = [...own[name].filter((code) => after[name].includes(code) || !before[name].includes(code)), ...added];
  }
  if (after.travel !== before.travel) next.travel = after.travel;
  return next;
}
