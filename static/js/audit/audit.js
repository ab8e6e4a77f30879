/** The staff page of the coverage audit: what it needs is fetched here, and the page begun. */

import { studyCellsOf } from "./figures/document.js";
import { API, errorText, fetchWithRetry, RequestError } from "./jobs.js";
import { Audit } from "./figures/model.js";
import { Page } from "./page.js";
import { byId } from "../shared/dom.js";
import { shell } from "../map/base_map.js";
import { translatorOf } from "../shared/translate.js";
import { actionButton } from "../shared/notice.js";
import { resource } from "../shared/resource.js";

/** @param {() => void} onWait */
async function cells(onWait) {
  const got = await fetchWithRetry(`${API}/cells`, onWait);
  if (!got.ok) throw new RequestError((await got.json()).detail, got.status);
  return got.arrayBuffer();
}

async function main() {
  const [common, own] = await Promise.all([resource("words"), resource("audit-words")]);
  const translate = translatorOf({ ...common, ...own });
  const onWait = () => (byId("headline").textContent = translate("audit.page.waiting"));
  try {
    const [data, { map, stations: drawn }] = await Promise.all([cells(onWait), shell]);
    new Page(new Audit(studyCellsOf(data)), translate, map, drawn).start();
  } catch (error) {
    const again = actionButton(translate("app.retry"), () => location.reload());
    byId("headline").replaceChildren(errorText(translate, error), " ", again);
  }
}

void main();
