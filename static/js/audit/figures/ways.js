/** How far cells are from stations along streets, read from the columnar document of stationmap/web/audit/ways.py. */

import { opened } from "./document.js";

const NOWHERE = 2 ** 32 - 1;

/**
 * @typedef {import("./nearest.js").Nearest} Nearest
 * @typedef {{sure: Nearest, possible: Nearest, known: Uint8Array, words: Record<string, string[]>}} Ways metres, or those
 *   that minutes stand for; whether anything is known of a cell's way; and lines that must stand beside them, by language
 */

/**
 * @param {ArrayBuffer} data
 * @returns {Ways}
 */
export function waysOf(data) {
  const { header, column } = opened(data);
  const metres = (/** @type {Uint32Array} */ whole) =>
    Float64Array.from(whole, (each) => (each === NOWHERE ? Infinity : each));
  return {
    sure: { first: metres(column("sure_first")), second: metres(column("sure_second")) },
    possible: { first: metres(column("possible_first")), second: metres(column("possible_second")) },
    known: column("known"),
    words: header.words,
  };
}
