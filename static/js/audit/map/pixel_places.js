/** Where many points lie on a map: worked out once for each way the map shows its datum, not once a view. */

export class PixelPlaces {
  /**
   * @param {L.Map} map
   * @param {ArrayLike<number>} lons
   * @param {ArrayLike<number>} lats
   */
  constructor(map, lons, lats) {
    this.map = map;
    this.lons = lons;
    this.lats = lats;
    /** @type {L.CRS | null} */
    this.crs = null;
    /** In pixels at zoom 0. */
    this.xs = new Float64Array(0);
    this.ys = new Float64Array(0);
  }

  /** Work out where points lie at zoom 0, anew where the display changed its datum. */
  place() {
    const { crs } = this.map.options;
    if (!crs || this.crs === crs) return;
    this.crs = crs;
    const { lons, lats } = this;
    this.xs = new Float64Array(lons.length);
    this.ys = new Float64Array(lons.length);
    for (let row = 0; row < lons.length; row++) {
      const { x, y } = crs.latLngToPoint(L.latLng(lats[row], lons[row]), 0);
      this.xs[row] = x;
      this.ys[row] = y;
    }
  }
}
