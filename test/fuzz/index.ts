/** All properties. */
import { cookies } from "./cookies.js";
import type { Property } from "./property.js";
import { records } from "./records.js";
import { foreignRequests, requests, routeBodies } from "./requests.js";
import { returnTo } from "./return-to.js";
import { patches, settings } from "./settings.js";

/** All properties, in the order in which they run. */
export const PROPERTIES: readonly Property[] = [
  returnTo,
  settings,
  patches,
  cookies,
  requests,
  foreignRequests,
  routeBodies,
  records,
];
