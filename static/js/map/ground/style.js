/** The table of rules as protomaps-leaflet takes it: in the colours, the language and the size of type of the page. */

import { LABELS, PAINTED } from "./rules.js";
import { straightened } from "./straight.js";

/**
 * @typedef {{palette: import("./palette.js").Palette, isChinese: boolean, isLarge: boolean, family: string}} Look
 * @typedef {{props: Record<string, unknown>, geomType: number}} Feature
 */

const LINE = 2;
const AREA = 3;
const MAX_NAME_LENGTH = 40; // a mapper may have written sentences into a name
const LARGE_PX = 18; // as css/map.css has it for what it writes on the map
const LARGE_WIDTH = 1.25;
const HALO_PX = 3;
const DOT_PX = 3;
const BEND_PX = 2; // what bends less is straight enough for a name
const BASE = 1.4; // of how widths grow from zoom to zoom

/**
 * Return the rules by which areas and lines are painted.
 * @param {Look} look
 */
export function paintRules(look) {
  return PAINTED.map((row) => ({ ...whichOf(row), symbolizer: "fill" in row ? area(row, look) : line(row, look) }));
}

/**
 * Return the rules by which names are placed.
 * @param {Look} look
 */
export function labelRules(look) {
  return LABELS.map((row) => ({ ...whichOf(row), symbolizer: label(row, look) }));
}

/**
 * @param {import("./rules.js").Area | import("./rules.js").Line | import("./rules.js").Label} row
 */
function whichOf(row) {
  const { layer, kinds, from, to } = row;
  const type = "fill" in row ? AREA : "line" in row || ("along" in row && row.along) ? LINE : 0;
  const inTunnels = "line" in row && layer === "streets" ? Boolean(row.inTunnels) : null;
  /** @type {(zoom: number, feature: Feature) => boolean} */
  const filter = (_, { props, geomType }) =>
    (!type || geomType === type) &&
    (!kinds || kinds.includes(/** @type {string} */ (props.kind))) &&
    (inTunnels === null || inTunnels === (props.level === -1));
  return { dataLayer: layer, minzoom: from, maxzoom: to, filter };
}

/**
 * @param {import("./rules.js").Area} row
 * @param {Look} look
 */
function area({ fill, edge }, { palette }) {
  const edged = edge ? { stroke: palette[edge], width: 0.7 } : {};
  return new protomapsL.PolygonSymbolizer({ fill: palette[fill], ...edged });
}

/**
 * Draw lines as protomaps-leaflet does, but without keeping and restoring what is the same for all of a rule.
 * @param {import("./rules.js").Line} row
 * @param {Look} look
 * @returns {PaintSymbolizer}
 */
function line({ line, width, dash = [] }, { palette, isLarge }) {
  const stops = Object.entries(width).map(([zoom, pixels]) => /** @type {[number, number]} */ ([Number(zoom), pixels]));
  const grown = protomapsL.exp(BASE, stops);
  return {
    before: (context, zoom) => {
      context.globalAlpha = 1;
      context.strokeStyle = palette[line];
      context.lineWidth = grown(zoom) * (isLarge ? LARGE_WIDTH : 1);
      context.lineJoin = "round";
      context.lineCap = dash.length || line === "casing" ? "butt" : "round";
    },
    draw: (context, geometry) => {
      context.beginPath();
      for (const [first, ...others] of geometry) {
        context.moveTo(first.x, first.y);
        for (const { x, y } of others) context.lineTo(x, y);
      }
      if (dash.length) context.setLineDash(dash);
      context.stroke();
      if (dash.length) context.setLineDash([]); // names are drawn by the same context
    },
  };
}

/**
 * @param {import("./rules.js").Label} row
 * @param {Look} look
 */
function label({ text, size, bold, along, dot, property }, { palette, isChinese, isLarge, family }) {
  const names = property ? [property] : isChinese ? ["name"] : ["name_en", "name"];
  const style = {
    labelProps: names,
    fill: palette[text],
    stroke: palette.halo,
    width: HALO_PX,
    lineHeight: 1.2,
    font: `${bold ? "600 " : ""}${isLarge ? Math.max(LARGE_PX, size + 4) : size}px ${family}`,
  };
  const { Center } = protomapsL.LineLabelPlacement;
  if (along) return onlyShort(names, new protomapsL.LineLabelSymbolizer({ ...style, position: Center }));
  if (!dot) return onlyShort(names, new protomapsL.CenteredTextSymbolizer(style));
  const radius = isLarge ? DOT_PX + 1 : DOT_PX;
  const mark = new protomapsL.CircleSymbolizer({ radius, fill: palette[dot], stroke: palette.halo, width: 1.5 });
  const beside = new protomapsL.OffsetTextSymbolizer({
    ...style,
    offsetX: radius + 3,
    offsetY: 0,
    placements: [protomapsL.TextPlacements.E],
  });
  return onlyShort(names, new protomapsL.GroupSymbolizer([mark, beside]));
}

/**
 * Let a symbolizer place only what has a name that is no longer than names are.
 * @param {readonly string[]} properties the first that there is is the name
 * @param {LabelSymbolizer} symbolizer
 * @returns {LabelSymbolizer}
 */
function onlyShort(properties, symbolizer) {
  return {
    place: (layout, geometry, feature) => {
      const name = properties.map((property) => feature.props[property]).find((found) => typeof found === "string");
      if (typeof name !== "string" || name.length > MAX_NAME_LENGTH) return undefined;
      return symbolizer.place(layout, placeOf(geometry, feature.geomType), feature);
    },
  };
}

/**
 * Return where the name of a feature may stand: along its lines, or in the middle of its area.
 * @param {import("./straight.js").Point[][]} geometry
 * @param {number} type
 */
function placeOf(geometry, type) {
  if (type === LINE) return geometry.map((line) => straightened(line, BEND_PX));
  if (type !== AREA) return geometry;
  const middle = (/** @type {number[]} */ ...values) => (Math.min(...values) + Math.max(...values)) / 2;
  return [[{ x: middle(...geometry[0].map(({ x }) => x)), y: middle(...geometry[0].map(({ y }) => y)) }]];
}
