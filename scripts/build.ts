/** `npm run build`: builds `dist/`, and the folders for resolvers that ignore `exports`. */
import { join } from "node:path";
import { buildPackage, writeStubs } from "./build-package.js";
import { PROJECT_FOLDER } from "./entry-points.js";

await buildPackage(join(PROJECT_FOLDER, "dist"));
writeStubs();
