/** Case G11: a thousand requests a second from one address. */
import { startTcpProxy } from "../../harness/tcp-proxy.js";
import { range, Tally, type BatteryCase } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import type { Answer } from "../../harness/http.js";
import { ADMIN_KEY } from "../support/guarded-app.js";
import { CONFIG_PATH } from "../support/settings-client.js";

const SETTINGS_PER_MINUTE = 60;
const PASSWORDS_PER_MINUTE = 5;

interface Flood {
  readonly passed: number;
  readonly refused: number;
  readonly unhelpful: number;
  readonly others: number;
  readonly commands: number;
}

/** G11. Both processes count together. */
export const requestFloods: BatteryCase = {
  id: "G11",
  title: "Settings and password routes at 1,000 requests a second from one address",
  passesAt: "429 with Retry-After as configured; a limited number of Redis commands",
  async run(stage) {
    const proxy = await startTcpProxy({ target: stage.server.url });
    try {
      const app = await stage.startApp({
        redisUrl: proxy.url,
        settingsRequestsPerMinute: SETTINGS_PER_MINUTE,
      });
      const port = app.port(0);
      const requests = stage.count(1_000);
      const flood = async (ask: (index: number) => Promise<Answer>, pass: number): Promise<Flood> => {
        proxy.seen.length = 0;
        const answers = await Promise.all(range(requests).map(ask));
        const refused = answers.filter(({ status }) => status === 429);
        const passed = answers.filter(({ status }) => status === pass).length;
        const unhelpful = refused.filter(({ headers }) => !/^\d+$/.test(headers["retry-after"] ?? "")).length;
        const others = requests - refused.length - passed;
        return { passed, refused: refused.length, unhelpful, others, commands: proxy.seen.length };
      };
      const admin = { headers: { authorization: ADMIN_KEY } };
      const settings = await flood(
        (index) => new Browser().at(app.port(index)).send(CONFIG_PATH, admin),
        200,
      );
      const browser = new Browser();
      await browser.at(port).trySignIn("g11");
      const guess = { body: { password: "wrong" } };
      let tried = 0;
      for (let attempt = 0; attempt < PASSWORDS_PER_MINUTE; attempt += 1)
        if ((await browser.clone().at(port).send("/curfew/reauth", guess)).status === 403) tried += 1;
      const passwords = await flood(
        (index) => browser.clone().at(app.port(index)).send("/curfew/reauth", guess),
        403,
      );
      return (
        new Tally()
          .exactly("settings: answered", settings.passed, Math.min(SETTINGS_PER_MINUTE, requests))
          .exactly("settings: 429", settings.refused, Math.max(0, requests - SETTINGS_PER_MINUTE))
          .figure(
            "settings: Redis commands",
            settings.commands,
            settings.commands <= 2 * SETTINGS_PER_MINUTE + 5,
          )
          .exactly("passwords: tried", tried, PASSWORDS_PER_MINUTE)
          .exactly("passwords: 429 to the flood after those", passwords.refused, requests)
          // One to read the session, at most one for the time, and the activity once a second.
          .figure("passwords: Redis commands", passwords.commands, passwords.commands <= requests * 2.1)
          .none("429 without Retry-After", settings.unhelpful + passwords.unhelpful)
          .none("other answers", settings.others + passwords.others).outcome
      );
    } finally {
      await proxy.close();
    }
  },
};
