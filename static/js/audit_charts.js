/** Charts as inline SVG: coverage by hour of the week, and what each further site adds. */

const SVG = "http://www.w3.org/2000/svg";
const DAYS = 7;
const HOURS = 24;
const CELL = 12; // drawing units
const LEFT = 34;
const TOP = 14;

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
 * Return the heat chart of a week: an hour a field, the more people served the darker.
 * @param {number[]} shares 168 of them, from Monday 00:00
 * @param {{label: string, days: string[], tell: (hour: number) => string, onHour: (hour: number) => void}} words
 */
export function heatChart(shares, { label, days, tell, onHour }) {
  const most = Math.max(...shares, Number.EPSILON);
  const fields = shares.map((share, hour) => {
    const [x, y] = [LEFT + (hour % HOURS) * CELL, TOP + Math.floor(hour / HOURS) * CELL];
    const level = share ? 1 + Math.min(Math.floor((share / most) * 8), 7) : 0;
    const field = svg("rect", { x, y, width: CELL - 1, height: CELL - 1, class: `heat heat-${level}` }, svg("title", {}, tell(hour)));
    field.addEventListener("click", () => onHour(hour));
    return field;
  });
  const names = days.map((day, at) => svg("text", { x: 0, y: TOP + at * CELL + 9, class: "chart-text" }, day));
  const hours = [0, 6, 12, 18].map((hour) => svg("text", { x: LEFT + hour * CELL, y: 9, class: "chart-text" }, `${hour}:00`));
  const box = `0 0 ${LEFT + HOURS * CELL} ${TOP + DAYS * CELL}`;
  return svg("svg", { viewBox: box, role: "img", "aria-label": label, class: "chart" }, ...names, ...hours, ...fields);
}

/**
 * Return the curve of a proposal: its worth after 0, 1, 2, ... sites.
 * @param {[number, number][]} points
 * @param {{label: string, along: (n: number) => string, up: (value: number) => string}} words which put figures with their units
 */
export function curveChart(points, { label, along, up }) {
  const [width, height, left, low] = [300, 120, 62, 18];
  const values = points.map(([, value]) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const last = points.at(-1)?.[0] || 1;
  const x = (/** @type {number} */ n) => left + (n / last) * (width - left - 8);
  const y = (/** @type {number} */ value) => 8 + (1 - (value - least) / (most - least || 1)) * (height - low - 8);
  const line = points.map(([n, value]) => `${x(n).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  const text = (/** @type {number} */ atX, /** @type {number} */ atY, /** @type {string} */ words, anchor = "end") =>
    svg("text", { x: atX, y: atY, "text-anchor": anchor, class: "chart-text" }, words);
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, class: "chart" },
    svg("line", { x1: left, y1: height - low, x2: width - 8, y2: height - low, class: "chart-axis" }),
    svg("line", { x1: left, y1: 8, x2: left, y2: height - low, class: "chart-axis" }),
    svg("polyline", { points: line, class: "chart-line" }),
    text(left - 4, y(most) + 4, up(most)),
    text(left - 4, y(least), up(least)),
    text(left, height - 5, "0", "middle"),
    text(width - 8, height - 5, along(last)),
  );
}
