/** Two orders in one: what is known by streets, and the rest by straight lines. */

/**
 * @typedef {import("../rider/nearest.js").Ranked} Ranked
 * @typedef {import("../rider/arrival.js").Way} Way
 */

/**
 * Return rows in the order of what the way to each costs: known costs by streets, the others by straight lines, but never
 * before `floor`, which all that is not known costs at least. What costs the same stands as it did.
 * @param {Ranked} ranked in the order of straight costs
 * @param {(place: number) => number} straight the cost of the row at a place
 * @param {(row: number) => number | undefined} known
 * @param {number} floor
 * @returns {Ranked}
 */
export function merged({ rows, metres }, straight, known, floor) {
  const places = Array.from(rows, (row, place) => ({
    row,
    metres: metres[place],
    cost: known(row) ?? Math.max(straight(place), floor),
    // Of equal ones, what is known goes first.
    isKnown: Number(known(row) === undefined),
    place,
  }));
  places.sort((a, b) => a.cost - b.cost || a.isKnown - b.isKnown || a.place - b.place);
  return { rows: places.map(({ row }) => row), metres: places.map(({ metres }) => metres) };
}
