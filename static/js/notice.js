/** What is said above the list: where the answer is for, what was given up, what to do when something failed. */

import { byId, element } from "./dom.js";

/**
 * Say some lines, empty ones left out, and offer ways on.
 * @param {readonly string[]} lines
 * @param {...HTMLElement} ways
 */
export function notice(lines, ...ways) {
  byId("notice").replaceChildren(...lines.filter(Boolean).map((line) => element("span", {}, line)));
  byId("ways").replaceChildren(...ways);
}

/**
 * Return a button that leads on.
 * @param {string} text
 * @param {() => void} act
 */
export function way(text, act) {
  return element("button", { type: "button", class: "plain", onclick: act }, text);
}
