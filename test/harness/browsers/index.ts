/** Real browser engines for tests. `Browser` in `test/harness/browser.ts` is a cookie jar with HTTP instead. */
export { describeEngines, type EngineTests } from "./describe-engines.js";
export { PLAIN_HOST, type Engine, type EngineCookie, type EngineName, type Key } from "./driver.js";
export { EngineBrowser } from "./engine-browser.js";
export { EnginePage, type Json } from "./engine-page.js";
export { findEngines, wantedEngines } from "./find-engines.js";
