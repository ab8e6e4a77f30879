/** A proof of work, which the server asks for where many reports come in: worked out aside, in a second or two. */

/**
 * @typedef {{
 *   parameters: import("./proof_worker.js").ProofParameters, signature: string, worker: string,
 * }} Challenge what the server sends with 428; `worker` is the address of the script that works it out
 */

const MAX_WORK_MS = 90_000;

/**
 * Return what goes with a report as `proof`; rejects where it cannot be worked out, and when the signal says so.
 * @param {Challenge} challenge
 * @param {AbortSignal} [signal]
 * @returns {Promise<string>}
 */
export function solve({ parameters, signature, worker: address }, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const worker = new Worker(address);
    const timer = setTimeout(() => end(reject, new Error("the proof of work takes too long")), MAX_WORK_MS);
    const stop = () => end(reject, signal?.reason);
    /**
     * @template T
     * @param {(value: T) => void} settle
     * @param {T} value
     */
    function end(settle, value) {
      worker.terminate();
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      settle(value);
    }
    signal?.addEventListener("abort", stop);
    worker.onerror = () => end(reject, new Error("the proof of work cannot be worked out"));
    worker.onmessage = ({ data }) => {
      if (!data?.derivedKey) return end(reject, new Error("the proof of work cannot be worked out"));
      end(resolve, btoa(JSON.stringify({ challenge: { parameters, signature }, solution: data })));
    };
    worker.postMessage({ type: "work", challenge: { parameters, signature } });
  });
}
