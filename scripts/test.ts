/** `npm test`: runs vitest with the given arguments. */
import { runTests } from "./run-tests.js";

runTests(process.argv.slice(2));
