/** What a cell or a district is painted with: six steps of distance, or of share, distinguishable without seeing red or green. */

import RULES from "../../../rules.json" with { type: "json" };

/** By distance: in half the radius, in it, possibly in it, in twice and three times it, further; no way is known. */
export const BANDS = ["#0b5d73", "#4fa3b5", "#b9a5dd", "#f6d98a", "#ee9a4d", "#b53a1e", "#a6a6a6"];
const OPACITY = 0.72;
export const SHARES = ["#b53a1e", "#ee9a4d", "#f6d98a", "#9fd0da", "#4fa3b5", "#0b5d73"];
export const SHARE_STEPS = [0.1, 0.2, 0.4, 0.6, 0.8];

const DOTS = BANDS.map(dot);

/** @typedef {import("../figures/nearest.js").Nearest} Nearest */

/**
 * Colour cells by how far they are from a station.
 * @param {Uint32Array} colours filled in
 * @param {{sure: Nearest, possible: Nearest}} metres
 * @param {number} radiusM
 */
export function paintDistances(colours, metres, radiusM) {
  const [sure, possible] = [metres.sure.first, metres.possible.first];
  const [half, once, twice, thrice] = RULES.band_radii.map((radii) => radii * radiusM);
  // Where a station surely counts, cells from which none can be reached are those of unknown ways.
  const unknown = sure.some(Number.isFinite) ? Infinity : NaN;
  for (let cell = 0; cell < colours.length; cell++) {
    const far = sure[cell];
    let band = far === unknown ? 6 : 5;
    if (far <= half) band = 0;
    else if (far <= once) band = 1;
    else if (possible[cell] <= once) band = 2;
    else if (far <= twice) band = 3;
    else if (far <= thrice) band = 4;
    colours[cell] = DOTS[band];
  }
}

/**
 * Colour cells by their band of distance.
 * @param {Uint32Array} colours filled in
 * @param {Uint8Array} bands of the cells, rows of `BANDS`
 */
export function paintBands(colours, bands) {
  for (let cell = 0; cell < colours.length; cell++) colours[cell] = DOTS[bands[cell]];
}

/**
 * Colour cells by the share of people served in their district.
 * @param {Uint32Array} colours filled in
 * @param {Uint8Array} districts of the cells
 * @param {(number | null)[]} shares of the districts
 */
export function paintShares(colours, districts, shares) {
  const dots = shares.map((share) => (share === null ? 0 : dot(SHARES[stepOf(share)])));
  for (let cell = 0; cell < colours.length; cell++) colours[cell] = dots[districts[cell]];
}

/**
 * @param {number} share
 */
function stepOf(share) {
  return SHARE_STEPS.filter((step) => share >= step).length;
}

/**
 * Return a colour as one number of a picture's memory.
 * @param {string} hex
 */
function dot(hex) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return ((Math.round(OPACITY * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
