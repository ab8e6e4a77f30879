/** When nobody is about to tap: what stands under a finger must not change places. */

const QUIET_MS = 600; // since the last touch
const LOOK_MS = 100;
const TOUCHES = ["touchstart", "touchend", "touchcancel"]; // of a finger that scrolls there are no pointer events any more
const POINTERS = ["pointerdown", "pointerup", "pointercancel"];

let fingers = 0;
let isPressed = false; // by a mouse or a pen
let touchedAt = -Infinity;

for (const type of [...TOUCHES, ...POINTERS, "dragend", "scroll", "wheel", "keydown"])
  document.addEventListener(type, note, { capture: true, passive: true });

/** @param {Event} event */
function note(event) {
  touchedAt = Date.now();
  if (TOUCHES.includes(event.type)) fingers = /** @type {TouchEvent} */ (event).touches.length;
  else if (POINTERS.includes(event.type))
    isPressed = event.type === "pointerdown" && /** @type {PointerEvent} */ (event).pointerType !== "touch";
}

/** Wait until no finger is down, and none was of late. */
export async function calm() {
  while (fingers > 0 || isPressed || Date.now() - touchedAt < QUIET_MS)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
