/** A chart as inline SVG: what each further site adds. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 */
function svg(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/**
 * Return the curve of a proposal: its worth after 0, 1, 2, ... sites.
 * @param {[number, number][]} points
 * @param {{label: string, format: (n: number, value: number) => string}} words which put a point with its units
 */
export function curveChart(points, { label, format }) {
  const [width, height, side, head, foot] = [300, 140, 8, 16, 16];
  const values = points.map(([, value]) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const [first, last] = [points[0], points[points.length - 1]];
  const [low, right] = [height - foot, width - side];
  const x = (/** @type {number} */ n) => side + (n / (last[0] || 1)) * (right - side);
  const y = (/** @type {number} */ value) => head + (1 - (value - least) / (most - least || 1)) * (low - head);
  const line = points.map(([n, value]) => `${x(n).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  // What a curve begins and ends with stands above or below it, where it is not: it rises, or it falls.
  const isRising = last[1] >= first[1];
  const text = (
    /** @type {[number, number]} */ point,
    /** @type {boolean} */ isAbove,
    /** @type {number} */ atX,
    /** @type {string} */ anchor,
  ) =>
    svg(
      "text",
      { x: atX, y: isAbove ? head - 6 : height - 4, "text-anchor": anchor, class: "chart-text" },
      format(...point),
    );
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, class: "chart" },
    svg("line", { x1: side, y1: low, x2: right, y2: low, class: "chart-axis" }),
    svg("line", { x1: side, y1: head, x2: side, y2: low, class: "chart-axis" }),
    svg("polyline", { points: line, class: "chart-line" }),
    text(first, !isRising, side, "start"),
    text(last, isRising, right, "end"),
  );
}
