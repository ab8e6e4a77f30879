/** When nobody is about to tap: what stands under a finger must not change places. */

const QUIET_MS = 600; // since the last touch
const LOOK_MS = 100;

let isDown = false;
let touchedAt = -Infinity;

for (const type of ["touchstart", "touchend", "touchcancel", "pointerdown", "pointerup", "scroll", "wheel", "keydown"])
  document.addEventListener(type, note, { capture: true, passive: true });

/** @param {Event} event */
function note(event) {
  touchedAt = Date.now();
  if (event.type === "pointerdown") isDown = true;
  else if (event.type === "pointerup") isDown = false;
  // A finger that scrolls is none of a pointer's any more, and is still there.
  else if ("touches" in event) isDown = /** @type {TouchEvent} */ (event).touches.length > 0;
}

/** Wait until no finger is down, and none was of late. */
export async function calm() {
  while (isDown || Date.now() - touchedAt < QUIET_MS) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
