/** One report to the server, and what its answer means. */

import { answerWithin, jsonOf } from "../shared/patient_request.js";
import { solve } from "./proof_of_work.js";

const PATIENCE_MS = 20_000;
const REFUSED = [400, 404, 409, 410, 413, 415, 422]; // another attempt would end alike

/**
 * @typedef {{became: "sent" | "refused" | "waits", code?: string, againMs?: number, answer?: unknown}} Sending
 *   `againMs`: after how long the server wants to be asked again
 */

/**
 * Send a report. Where the server wants work as a proof that this is a person's phone, do it and send once more.
 * @param {string} url
 * @param {import("./kept.js").ReportBody} body
 * @returns {Promise<Sending>}
 */
export async function send(url, body) {
  const first = await post(url, body);
  if (first?.status !== 428) return meaningOf(first);
  const { challenge } = /** @type {{challenge: import("./proof_of_work.js").Challenge}} */ (
    (await jsonOf(first)) ?? {}
  );
  try {
    return meaningOf(await post(url, { ...body, proof: await solve(challenge, new AbortController().signal) }));
  } catch {
    return { became: "waits" };
  }
}

/**
 * Take a report back; everything of it is deleted. False where the server did not do so.
 * @param {string} url
 * @param {string} code
 */
export async function takeBack(url, code) {
  const answer = await answerWithin(PATIENCE_MS, `${url}/${encodeURIComponent(code)}`, { method: "DELETE" });
  return Boolean(answer && (answer.ok || answer.status === 404) && !answer.redirected);
}

/**
 * @param {string} url
 * @param {object} body
 */
function post(url, body) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  return answerWithin(PATIENCE_MS, url, { method: "POST", headers, body: JSON.stringify(body), keepalive: true });
}

/**
 * @param {Response | null} answer
 * @returns {Promise<Sending>}
 */
async function meaningOf(answer) {
  if (!answer || answer.redirected) return { became: "waits" };
  const known = /** @type {{code?: unknown} | null} */ (await jsonOf(answer));
  if (answer.ok && typeof known?.code === "string") return { became: "sent", code: known.code, answer: known };
  if (known && REFUSED.includes(answer.status)) return { became: "refused", answer: known };
  return { became: "waits", againMs: 1000 * (Number(answer.headers.get("Retry-After")) || 0) };
}
