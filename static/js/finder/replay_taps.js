/** What was tapped before the finder could act on it (early_taps.js), done once it can. */

import { byId } from "../shared/dom.js";

/**
 * Do what was tapped before this page could act on it; from now on it does so itself.
 * @param {readonly Element[]} taps
 */
export function replayTaps(taps = globalThis.earlyTaps ?? []) {
  for (const tapped of globalThis.earlyTaps ?? []) tapped.removeAttribute("aria-busy");
  globalThis.earlyTaps = null;
  byId("stuck").remove();
  for (const tapped of taps) {
    if (tapped instanceof HTMLButtonElement) tapped.click();
    else tapped.dispatchEvent(new Event("submit", { cancelable: true }));
  }
  // Who is still typing is offered what is found so far.
  const isSent = taps.some((tapped) => tapped instanceof HTMLFormElement);
  if (!isSent && document.activeElement === byId("search")) byId("search").dispatchEvent(new Event("focus"));
}
