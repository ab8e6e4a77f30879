/** The answers of the server, in a script of their own: it comes where a registry is too large for a phone. */

import * as server from "./server_client.js";
import { handOverLate } from "../shared/late_script.js";

handOverLate({ server });
