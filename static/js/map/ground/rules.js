/**
 * What of the ground is drawn, and how: one table. Zooms are those of the display, widths and sizes are pixels.
 *
 * Layers and kinds are those that `stationmap city build` writes (stationmap/extract/ground/layers.py).
 */

/**
 * @typedef {import("./palette.js").Colour} Colour
 * @typedef {Record<number, number>} Stops pixels by zoom
 * @typedef {{layer: string, kinds?: readonly string[], from?: number, to?: number}} Which
 * @typedef {Which & {fill: Colour, edge?: Colour}} Area
 * @typedef {Which & {line: Colour, width: Stops, dash?: number[], inTunnels?: boolean}} Line
 * @typedef {Which & {text: Colour, size: number, bold?: boolean, along?: boolean, dot?: Colour, property?: string}} Label
 */

/** @type {{kinds: string[], from: number, line: Colour, width: Stops}[]} from the least to the most important */
const STREETS = [
  { kinds: ["service"], from: 15, line: "street", width: { 15: 1, 17: 4, 19: 10 } },
  { kinds: ["minor"], from: 13, line: "street", width: { 13: 1, 15: 3, 17: 9, 19: 22 } },
  { kinds: ["tertiary"], from: 12, line: "street", width: { 12: 1, 15: 5, 17: 12, 19: 28 } },
  { kinds: ["secondary"], from: 11, line: "main", width: { 11: 1, 15: 6, 17: 14, 19: 32 } },
  { kinds: ["primary"], from: 9, line: "main", width: { 9: 0.8, 12: 2.5, 15: 8, 17: 16, 19: 36 } },
  { kinds: ["motorway", "trunk"], from: 7, line: "fast", width: { 7: 0.8, 12: 3, 15: 9, 17: 18, 19: 40 } },
];
const CASING_PX = 1.6;
const LANDMARKS = ["hospital", "mall", "school", "university", "government"];

/** @type {readonly (Area | Line)[]} painted in this order */
export const PAINTED = [
  { layer: "earth", from: 12, fill: "land" },
  { layer: "green", fill: "green" },
  { layer: "water", fill: "water" },
  { layer: "water", from: 9, line: "shore", width: { 9: 0.6, 13: 1.2, 15: 2, 18: 6 } },
  // Outlines and dashes take a slow phone longer than all the rest: they are for where they can be told apart.
  { layer: "buildings", from: 15, to: 16, fill: "building" },
  { layer: "buildings", from: 17, fill: "building", edge: "wall" },
  { layer: "streets", from: 12, line: "tunnel", width: { 12: 1, 15: 3, 18: 10 }, dash: [4, 3], inTunnels: true },
  { layer: "streets", kinds: ["path", "steps"], from: 16, to: 16, line: "path", width: { 16: 0.8 } },
  { layer: "streets", kinds: ["path"], from: 17, line: "path", width: { 17: 1.6, 19: 3 }, dash: [4, 3] },
  { layer: "streets", kinds: ["steps"], from: 17, line: "path", width: { 17: 3, 19: 6 }, dash: [1.5, 1.5] },
  ...STREETS.map(({ kinds, from, width }) => {
    const casing = Object.fromEntries(Object.entries(width).map(([zoom, pixels]) => [zoom, pixels + CASING_PX]));
    return { layer: "streets", kinds, from: from + 1, line: /** @type {Colour} */ ("casing"), width: casing };
  }),
  ...STREETS.map((street) => ({ layer: "streets", ...street })),
  { layer: "rails", kinds: ["rail"], from: 10, line: "rail", width: { 10: 0.8, 14: 1.5, 18: 3 } },
  { layer: "rails", kinds: ["metro", "tram"], from: 12, line: "metro", width: { 12: 1, 15: 2, 18: 3 }, dash: [6, 3] },
];

/** @type {readonly Label[]} where there is no room for all, those above go before those below */
export const LABELS = [
  { layer: "places", kinds: ["city"], from: 7, to: 13, text: "name", size: 16, bold: true },
  { layer: "places", kinds: ["town"], from: 10, to: 15, text: "name", size: 14, bold: true },
  { layer: "stops", kinds: ["station"], from: 12, text: "name", size: 13, bold: true, dot: "rail" },
  { layer: "stops", kinds: ["metro"], from: 14, text: "metro", size: 13, bold: true, dot: "metro" },
  { layer: "places", kinds: ["suburb"], from: 12, to: 15, text: "quiet", size: 13, bold: true },
  { layer: "places", kinds: ["village"], from: 13, to: 17, text: "quiet", size: 12 },
  { layer: "streets", kinds: ["motorway", "trunk", "primary"], from: 13, text: "name", size: 12, along: true },
  { layer: "streets", kinds: ["secondary", "tertiary"], from: 14, text: "name", size: 12, along: true },
  { layer: "streets", kinds: ["minor"], from: 15, text: "quiet", size: 12, along: true },
  { layer: "landmarks", kinds: LANDMARKS, from: 16, text: "quiet", size: 12 },
  { layer: "landmarks", kinds: ["park"], from: 15, text: "greenName", size: 12 },
  { layer: "water", kinds: ["river", "canal", "stream"], from: 13, text: "waterName", size: 12, along: true },
  { layer: "water", kinds: ["lake", "sea"], from: 14, text: "waterName", size: 12 },
  { layer: "places", kinds: ["neighbourhood"], from: 15, to: 17, text: "quiet", size: 12 },
  { layer: "stops", kinds: ["bus"], from: 17, text: "bus", size: 11, dot: "bus" },
  { layer: "streets", kinds: ["service", "path", "steps"], from: 17, text: "quiet", size: 11, along: true },
  { layer: "houses", from: 18, text: "quiet", size: 11, property: "number" },
];
