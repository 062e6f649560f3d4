import { launchChromium } from "./chromium.js";
import type { BrowserDriver, Engine, EngineName } from "./driver.js";
import { EnginePage } from "./engine-page.js";
import { launchFirefox } from "./firefox.js";
import { launchWebKit } from "./webkit.js";
import { CALL_WITHIN_MS, LAUNCH_WITHIN_MS, within } from "./within.js";

const LAUNCH: Readonly<Record<EngineName, (binary: string) => Promise<BrowserDriver>>> = {
  chromium: launchChromium,
  firefox: launchFirefox,
  webkit: launchWebKit,
};

/** One running browser with an empty profile. Its pages are its tabs and share cookies. */
export class EngineBrowser {
  private constructor(
    private readonly engine: Engine,
    private readonly driver: BrowserDriver,
  ) {}

  /** Starts a browser. Close it in `afterAll` or `afterEach`. */
  static async launch(engine: Engine): Promise<EngineBrowser> {
    const launch = LAUNCH[engine.name](engine.binary);
    const driver = await within(LAUNCH_WITHIN_MS, `starting ${engine.title}`, launch);
    return new EngineBrowser(engine, driver);
  }

  /** Opens an empty tab. */
  async newPage(): Promise<EnginePage> {
    const { name } = this.engine;
    const page = await within(CALL_WITHIN_MS, `${name}: new page`, this.driver.newPage());
    return new EnginePage(name, page);
  }

  /** Closes the browser and its pages. */
  close(): Promise<void> {
    return within(CALL_WITHIN_MS, `${this.engine.name}: close`, this.driver.close());
  }
}
