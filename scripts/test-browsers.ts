/**
 * `npm run test:browsers`: the tests of `*.browser.test.ts` in all three engines, or in those that `CURFEW_BROWSERS`
 * names. Installs missing engines where root runs it on Debian.
 */
import { ENGINE_NAMES } from "../test/harness/browsers/driver.js";
import { BROWSERS } from "../test/harness/browsers/find-engines.js";
import { runTests } from "./run-tests.js";

const wanted = process.env[BROWSERS] ?? ENGINE_NAMES.join(",");
runTests(["--project=browsers", ...process.argv.slice(2)], { [BROWSERS]: wanted });
