/** Tiles of stations in a script of their own: it comes where a registry is too large for a phone. */

import * as tiled from "./tiled_map.js";
import { handOverLate } from "../../shared/late_script.js";

handOverLate({ tiled });
