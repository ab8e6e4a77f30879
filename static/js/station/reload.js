/** Reloading a page without a tap; nothing else may do so. */

/**
 * Load this page anew, unless that was done before: whatever the server sends then, the next time is the visitor's to ask.
 * Tell whether it is done.
 */
export function reloadOnce() {
  const { state } = history; // outlasts a reload, and ends with the visit
  if (state?.isReloaded) return false;
  history.replaceState({ ...state, isReloaded: true }, "");
  location.reload();
  return true;
}
