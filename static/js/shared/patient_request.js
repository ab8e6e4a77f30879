/** Requests to a server that may not be there. */

/**
 * Send a request, and wait for its answer only so long.
 * @param {number} patienceMs
 * @param {string} url
 * @param {RequestInit} [how]
 * @returns {Promise<Response | null>} null where the server cannot be reached
 */
export async function answerWithin(patienceMs, url, how) {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), patienceMs);
  try {
    return await fetch(url, { ...how, signal: ending.signal });
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Return what an answer holds as JSON; null where it is not ours: the page of a hotel's Wi-Fi.
 * @param {Response} answer
 * @returns {Promise<unknown>}
 */
export async function jsonOf(answer) {
  try {
    return await answer.json();
  } catch {
    return null;
  }
}
