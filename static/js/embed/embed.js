/**
 * The page that other sites frame: its map, and what keeps it true while it stands open.
 *
 * A browser gives a frame of another site no storage, and a sandbox makes it of no site at all: nothing here keeps
 * anything, writes the history of the page around it, or asks where the visitor is.
 */

import { EmbeddedMap } from "./embedded_map.js";
import { Renewal } from "./renewal.js";
import { embedded } from "./page_data.js";
import { shell } from "../map/base_map.js";

const data = embedded(document);
const map = data.points.length ? shell.then((stands) => new EmbeddedMap(stands, data)) : null;
new Renewal(data.again_s, async (renewed) => {
  data.points = renewed.points;
  (await map)?.show(renewed.points);
}).start();
