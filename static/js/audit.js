/** The staff page of the coverage audit: what it needs is fetched here, and the page begun. */

import { groundOf } from "./audit_document.js";
import { API, excuse, Refusal } from "./audit_jobs.js";
import { Audit } from "./audit_model.js";
import { Page } from "./audit_page.js";
import { byId } from "./dom.js";
import { shell } from "./ground.js";
import { wordsOf } from "./i18n.js";
import { way } from "./notice.js";
import { resource } from "./resource.js";

async function cells() {
  const got = await fetch(`${API}/cells`);
  if (!got.ok) throw new Refusal((await got.json()).detail, got.status);
  return got.arrayBuffer();
}

async function main() {
  const [common, own] = await Promise.all([resource("words"), resource("audit-words")]);
  const say = wordsOf({ ...common, ...own });
  try {
    const [data, { map }] = await Promise.all([cells(), shell]);
    new Page(new Audit(groundOf(data)), say, map).start();
  } catch (error) {
    const again = way(say("app.retry"), () => location.reload());
    byId("headline").replaceChildren(excuse(say, error), " ", again);
  }
}

void main();
