/** A route from where the rider starts to where the next order goes; the destination stays in this tab. */

import { layerClosed, layerOpened, openLayers } from "../finder/history_layers.js";
import { GONE_MS } from "../rider/handed_over.js";

/** @typedef {import("../finder/origin_picker.js").Origin} Origin */

const KEPT = "stationmap.route";
const LAYER = "route";

export class Route {
  /** @param {() => void} changed called when there is another destination, or none, or the route has ended */
  constructor(changed) {
    this.changed = changed;
    this.isOpen = false;
    /** @type {Origin | null} */
    this.to = null;
    addEventListener("pagehide", () => this.keep());
    document.addEventListener("visibilitychange", () => (document.hidden ? this.keep() : taken()));
  }

  /** Let a destination be chosen; after a return to this page it is there already. */
  open() {
    const isReturn = openLayers(history.state).includes(LAYER);
    const kept = taken();
    this.to = isReturn ? kept : null;
    this.isOpen = true;
    layerOpened(LAYER, () => this.end());
    this.changed();
  }

  /** @param {Origin | null} to */
  go(to) {
    this.to = to;
    this.changed();
  }

  end() {
    this.isOpen = false;
    this.to = null;
    this.changed();
  }

  close() {
    this.end();
    layerClosed(LAYER);
  }

  /** Keep the destination in this tab while another page is in it. */
  keep() {
    try {
      if (this.to) sessionStorage.setItem(KEPT, JSON.stringify({ to: this.to, leftAt: Date.now() }));
    } catch {
      // Then the rider chooses it anew.
    }
  }
}

/**
 * Take the kept destination out; null if there is none, or it is of no use any more.
 * @returns {Origin | null}
 */
function taken() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    sessionStorage.removeItem(KEPT);
    return found && Date.now() - found.leftAt < GONE_MS ? found.to : null;
  } catch {
    return null; // some browsers lend a page no storage
  }
}
