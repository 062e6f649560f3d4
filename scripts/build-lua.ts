/** `npm run build:lua`: writes `src/state/scripts.generated.ts`, which is committed. */
import { writeFileSync } from "node:fs";
import { GENERATED_FILE, readLuaSources, renderModule } from "./lua-module.js";

const sources = readLuaSources();
writeFileSync(GENERATED_FILE, renderModule(sources));
console.log(`Built ${sources.length} Lua scripts into src/state/scripts.generated.ts`);
