/** The choice as the query of the page's address, so that a view can be shared. No position is ever part of it. */

import { DEFAULT_CHOICE } from "../rider/filter_rules.js";

/** @typedef {import("../rider/filter_rules.js").Choice} Choice */

const SWITCHES = /** @type {const} */ (["now", "always", "free", "restricted"]);
const KEPT = "stationmap.choice";
const LISTS = /** @type {const} */ (["category", "facility", "service"]);
const NAMES = [...SWITCHES, ...LISTS, "travel"];

/**
 * Return the choice a query describes; what it does not say, or says in an unknown way, stays as it is by default.
 * @param {URLSearchParams} query
 * @param {string} [usual] how riders travel here who say nothing of it
 * @returns {Choice}
 */
export function choiceIn(query, usual = DEFAULT_CHOICE.travel) {
  const choice = { ...DEFAULT_CHOICE };
  for (const name of SWITCHES) {
    const value = query.get(name);
    if (value === "1" || value === "0") choice[name] = value === "1";
  }
  for (const name of LISTS)
    choice[name] = [...new Set(query.getAll(name))].filter((code) => /^[a-z0-9_]{1,40}$/.test(code));
  const travel = [query.get("travel"), usual].find((one) => one === "walk" || one === "ebike");
  if (travel) choice.travel = /** @type {Choice["travel"]} */ (travel);
  return choice;
}

/**
 * Return the query with the choice in it, everything else (such as the language) kept. Defaults are left out, but where
 * there is nothing else that they are wanted is said: without it, who opens the address sees their own last choice.
 * @param {URLSearchParams} query
 * @param {Choice} choice
 * @param {string} [usual] how riders travel here who say nothing of it
 * @returns {URLSearchParams}
 */
export function queryWith(query, choice, usual = DEFAULT_CHOICE.travel) {
  const next = new URLSearchParams(query);
  for (const name of NAMES) next.delete(name);
  for (const name of SWITCHES) if (choice[name] !== DEFAULT_CHOICE[name]) next.set(name, choice[name] ? "1" : "0");
  for (const name of LISTS) for (const code of choice[name]) next.append(name, code);
  if (choice.travel !== usual) next.set("travel", choice.travel);
  if (!says(next)) next.set("now", "1");
  return next;
}

/**
 * Return the query to begin with: the page's own where it says what is wanted, else with what was last asked for here.
 * @param {URLSearchParams} query
 * @param {string} [usual]
 * @returns {URLSearchParams}
 */
export function queryToStartWith(query, usual) {
  if (says(query)) return query;
  try {
    return queryWith(query, choiceIn(new URLSearchParams(localStorage.getItem(KEPT) ?? ""), usual), usual);
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
 * @param {Choice} before
 * @param {Choice} after
 */
export function remember(before, after) {
  try {
    const known = new URLSearchParams(localStorage.getItem(KEPT) ?? "");
    const own = choiceIn(known);
    // What is usual here may change: a way to travel that was never chosen is not remembered.
    const isChosen = known.has("travel") || after.travel !== before.travel;
    const usual = isChosen ? "" : own.travel;
    localStorage.setItem(KEPT, queryWith(new URLSearchParams(), changed(own, before, after), usual).toString());
  } catch {
    // Then the next visit begins with the default.
  }
}

/**
 * Return a choice with what was changed between two others.
 * @param {Choice} own
 * @param {Choice} before
 * @param {Choice} after
 * @returns {Choice}
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
