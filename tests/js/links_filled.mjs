/** Fill in the addresses of maps as the page does, for tests/test_links.py: JSON in, JSON out. */

import { readFileSync } from "node:fs";

import { linkTo } from "../../static/js/station/map_links.js";

const { links, places } = JSON.parse(readFileSync(0, "utf8"));
const filled = places.map(([lon, lat, name, address]) =>
  links.map((link) => linkTo(link, { lon, lat, name, address })),
);
process.stdout.write(JSON.stringify(filled));
