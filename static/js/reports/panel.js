/** The panel in which something is reported: over the page, closed by its button, Escape, the way back or a tap beside it. */

import { layerClosed, layerOpened, listenToBack } from "../finder/history_layers.js";
import { element, setChildren } from "../shared/dom.js";

const LAYER = "report";
const STOPS = "button:not([disabled]), a[href], input, textarea, summary";

export class Panel {
  /**
   * @param {{title: string, name: string, closeName: string}} texts
   * @param {() => void} closed
   */
  constructor({ title, name, closeName }, closed) {
    this.closed = closed;
    this.before = /** @type {HTMLElement | null} */ (document.activeElement);
    const close = { type: "button", class: "report-close", "aria-label": closeName, onclick: () => this.close() };
    this.content = element("div", { class: "report-content" });
    this.box = element(
      "section",
      {
        class: "report-panel",
        role: "dialog",
        "aria-modal": "true",
        "aria-labelledby": "report-title",
        tabindex: "-1",
      },
      element("h2", { id: "report-title" }, `${title} · `, element("bdi", {}, name)),
      element("button", close, "\u2715"),
      this.content,
    );
    this.element = element("div", { class: "report-over" }, this.box);
    this.element.addEventListener("click", ({ target }) => target === this.element && this.close());
    this.element.addEventListener("keydown", (event) => this.turn(event));
  }

  /** @param {readonly Node[]} nodes */
  open(nodes) {
    setChildren(this.content, nodes);
    document.body.append(this.element);
    this.box.focus({ preventScroll: true });
    // Of a station in place of the finder (offline_navigation.js) the history has an entry already.
    if (!history.state?.isKept) layerOpened(LAYER, () => this.leave());
    if (!document.body.classList.contains("page-finder")) listenOnce();
  }

  /** @param {readonly Node[]} nodes */
  show(nodes) {
    setChildren(this.content, nodes);
    const heard = /** @type {HTMLElement | null} */ (this.content.querySelector("[tabindex]"));
    (heard ?? this.box).focus({ preventScroll: true });
    this.box.scrollTop = 0;
  }

  close() {
    this.leave();
    if (!history.state?.isKept) layerClosed(LAYER);
  }

  leave() {
    if (!this.element.isConnected) return;
    this.element.remove();
    this.opener()?.focus({ preventScroll: true });
    this.closed();
  }

  /** Return what opened the panel; where the page was made anew meanwhile, what stands in its place. */
  opener() {
    const { before } = this;
    if (!before || before.isConnected) return before;
    const all = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-report]")]);
    return all.find(({ dataset }) => dataset.report === before.dataset.report) ?? null;
  }

  /**
   * Close by Escape, and keep the keyboard in the panel.
   * @param {KeyboardEvent} event
   */
  turn(event) {
    if (event.key === "Escape") this.close();
    if (event.key !== "Tab") return;
    const stops = /** @type {HTMLElement[]} */ ([...this.box.querySelectorAll(STOPS)]).filter(
      ({ offsetParent }) => offsetParent,
    );
    const [first, last] = [stops[0], stops[stops.length - 1]];
    const isAtFirst = document.activeElement === first || document.activeElement === this.box;
    if (event.shiftKey ? !isAtFirst : document.activeElement !== last) return;
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
  }
}

let isListening = false;

/** The finder listens to the way back itself. */
function listenOnce() {
  if (!isListening) listenToBack(() => {});
  isListening = true;
}
