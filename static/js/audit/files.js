/** The present study as files to download. */

import { queryOf } from "./controls.js";
import { API } from "./jobs.js";

/**
 * Point every link at the file of the study; those of sites stay hidden without a proposal.
 * @param {import("./controls.js").StudyParameters} study
 * @param {string} proposal the job that made it, "" without one
 */
export function showFiles(study, proposal) {
  const query = queryOf({ ...study, lang: document.documentElement.lang.slice(0, 2) });
  for (const link of document.querySelectorAll("a[data-file]")) {
    const [file, outcome] = (link.getAttribute("data-file") ?? "").split(" ");
    const job = proposal && (outcome === "sites" || !outcome) ? `&job=${encodeURIComponent(proposal)}` : "";
    link.setAttribute("href", `${API}/${file}?${query}${outcome ? `&outcome=${outcome}` : ""}${job}`);
    if (outcome === "sites") link.closest("li")?.toggleAttribute("hidden", !proposal);
  }
}
