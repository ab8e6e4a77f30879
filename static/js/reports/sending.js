/** One report to the server, and what its answer means. */

import { answerWithin, jsonOf } from "../shared/patient_request.js";
import { solve } from "./proof_of_work.js";

const PATIENCE_MS = 20_000;
const REFUSED = [400, 404, 409, 410, 413, 415, 422]; // another attempt would end alike
const BUSY = [502, 503, 504]; // the server, whatever it is sent
const HALVES = /[\ud800-\udfff]/gu; // of a sign that was cut in two where a field was full: no server reads them

/**
 * @typedef {object} Sending
 * @property {"sent" | "refused" | "waits"} became
 * @property {string} [code]
 * @property {number} [againMs] after how long the server wants to be asked again
 * @property {boolean} [isOnlyThis] that it waits says nothing of others: of this station enough are reported, say
 * @property {unknown} [answer]
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
  return answerWithin(PATIENCE_MS, url, {
    method: "POST",
    headers,
    body: JSON.stringify(body, whole),
    keepalive: true,
  });
}

/**
 * @param {string} _
 * @param {unknown} value
 */
function whole(_, value) {
  return typeof value === "string" ? value.replace(HALVES, "") : value;
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
  const againMs = 1000 * (Number(answer.headers.get("Retry-After")) || 0);
  return { became: "waits", againMs, isOnlyThis: known !== null && !BUSY.includes(answer.status) };
}
