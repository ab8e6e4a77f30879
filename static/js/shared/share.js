/** Text handed on: through the phone's own share sheet, or the clipboard. */

/**
 * Copy a text, also where there is no clipboard interface (some WebViews, pages without TLS).
 * @param {string} text
 * @returns {Promise<boolean>} whether it is copied
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedFromField(text);
  }
}

/**
 * Share a line about a page; where nothing can be shared, copy it together with the address.
 * @param {string} text
 * @param {string} url
 * @returns {Promise<"shared" | "copied" | "failed">}
 */
export async function share(text, url) {
  try {
    await navigator.share({ text, url });
    return "shared";
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === "AbortError") return "shared"; // they changed their mind
    return (await copy(`${text}\n${url}`)) ? "copied" : "failed";
  }
}

/** @param {string} text */
function copiedFromField(text) {
  const field = document.createElement("textarea");
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  field.value = text;
  field.className = "hidden";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  before?.focus();
  return copied;
}
