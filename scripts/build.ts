/** `npm run build`: builds the browser's script, `dist/`, and the folders for resolvers that ignore `exports`. */
import { join } from "node:path";
import { buildPackage, writeStubs } from "./build-package.js";
import { buildClient } from "./client-bundle.js";
import { PROJECT_FOLDER } from "./entry-points.js";

await buildClient();
await buildPackage(join(PROJECT_FOLDER, "dist"));
writeStubs();
