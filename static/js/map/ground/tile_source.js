/** Where the tiles of the ground come from: this device where it keeps them, else the server. */

const MEDIA_TYPE = "application/vnd.mapbox-vector-tile";
const NO_CONTENT = 204;

/** A tile that cannot be had now; by this name protomaps-leaflet passes over it, and asks anew when it is drawn again. */
class MissingTileError extends Error {
  name = "AbortError";
}

export class TileSource {
  /**
   * @param {string} address with {z}, {x} and {y}
   * @param {import("./kept_tiles.js").KeptTiles} kept
   * @param {() => void} onCameAgain called when the server answers after it did not
   */
  constructor(address, kept, onCameAgain) {
    this.address = address;
    this.kept = kept;
    this.onCameAgain = onCameAgain;
    this.isAway = false;
  }

  /**
   * Return a tile, as protomaps-leaflet asks for it.
   * @param {number} z
   * @param {number} x
   * @param {number} y
   * @param {AbortSignal} [signal]
   */
  async getZxy(z, x, y, signal) {
    const key = `${z}/${x}/${y}`;
    return { data: (await this.kept.get(key)) ?? (await this.fetched(key, true, signal)) };
  }

  /**
   * Return a tile of the server and keep it; rejects where it cannot be had now.
   * @param {string} key zoom/column/row
   * @param {boolean} isSeen
   * @param {AbortSignal} [signal]
   */
  async fetched(key, isSeen, signal) {
    const [z, x, y] = key.split("/");
    const url = this.address.replace("{z}", z).replace("{x}", x).replace("{y}", y);
    /** @type {Response | null} */
    const answer = await fetch(url, { signal }).catch(() => null);
    // The page of a hotel's Wi-Fi, say, is no tile.
    const isTile = answer?.status === NO_CONTENT || answer?.headers.get("Content-Type") === MEDIA_TYPE;
    if (!answer?.ok || !isTile) {
      this.isAway = this.isAway || !signal?.aborted;
      throw new MissingTileError(key);
    }
    const bytes = await answer.arrayBuffer().catch(() => {
      throw new MissingTileError(key);
    });
    // An address of another build leads to the present one, whose tiles are not of the date that this page says.
    if (!answer.redirected) this.kept.put(key, bytes, { isSeen });
    if (this.isAway) this.onCameAgain();
    this.isAway = false;
    return bytes;
  }
}
