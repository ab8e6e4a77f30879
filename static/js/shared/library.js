/** Scripts of others that a page loads when it needs them. */

import { element } from "./dom.js";

/**
 * @param {string} url of a script
 * @returns {Promise<unknown>}
 */
export function loaded(url) {
  return new Promise((resolve, reject) => {
    const script = element("script", { src: url, onload: resolve, onerror: reject });
    document.head.append(script);
  });
}
