/** Lines without the points that make no bend: a name is placed along one straight part, which ends at any other point. */

/** @typedef {{x: number, y: number}} Point pixels */

/**
 * Return a line without the points that lie nearer than a tolerance to it, by Douglas and Peucker.
 * @template {Point} Given
 * @param {readonly Given[]} line
 * @param {number} tolerancePx
 * @returns {Given[]}
 */
export function straightened(line, tolerancePx) {
  const kept = new Uint8Array(line.length);
  const open = [[0, line.length - 1]];
  for (let part = open.pop(); part; part = open.pop()) {
    const [first, last] = part;
    kept[first] = kept[last] = 1;
    let [bend, farthest] = [0, tolerancePx];
    for (let at = first + 1; at < last; at++) {
      const distance = distanceTo(line[at], line[first], line[last]);
      if (distance > farthest) [bend, farthest] = [at, distance];
    }
    if (bend) open.push([first, bend], [bend, last]);
  }
  return line.filter((_, at) => kept[at]);
}

/**
 * Return how far a point is from the straight line through two others, or from the first where these are one.
 * @param {Point} point
 * @param {Point} from
 * @param {Point} to
 */
function distanceTo(point, from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const [x, y] = [point.x - from.x, point.y - from.y];
  const length = Math.hypot(dx, dy);
  return length ? Math.abs(dx * y - dy * x) / length : Math.hypot(x, y);
}
