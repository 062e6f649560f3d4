/** Case A10: parallel writes of the app to a session's data. */
import { range, Tally, type AppPair, type BatteryCase } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";

const WRITES = 100;
const WRITE_MS = 250;

/** All requests read the session before the first request writes it. @returns the number of surviving writes */
async function writeAtOnce(app: AppPair, browser: Browser): Promise<number> {
  await Promise.all(
    range(WRITES).map((index) =>
      browser
        .clone()
        .at(app.port(index))
        .post("/write", { key: `key${index}`, ms: WRITE_MS }),
    ),
  );
  const { json } = await browser.at(app.port(0)).get("/me");
  return Object.keys((json["data"] as object | undefined) ?? {}).length;
}

/** A10. */
export const parallelWrites: BatteryCase = {
  id: "A10",
  title: "100 parallel writes of the app to one session",
  passesAt: "at most as many losses as with express-session alone; 0 lost fields of the package",
  async run(stage) {
    const rounds = stage.count(20);
    const [bare, guarded, naive] = await Promise.all([
      stage.startApp({ kind: "bare", hasTestClock: true }),
      stage.startApp({ hasTestClock: true }),
      stage.startApp({ kind: "naive", hasTestClock: true }),
    ]);
    const start = Date.now();
    let [bareKept, guardedKept, ownLost, naiveLost] = [0, 0, 0, 0];
    for (let round = 0; round < rounds; round += 1) {
      const [bareBrowser, browser, byHand] = [new Browser(), new Browser(), new Browser()];
      await stage.setClock(start);
      await Promise.all([
        bareBrowser.at(bare.port(0)).trySignIn(`bare-${round}`),
        browser.at(guarded.port(0)).trySignIn(`user-${round}`),
        byHand.at(naive.port(0)).trySignIn(`naive-${round}`),
      ]);
      bareKept += await writeAtOnce(bare, bareBrowser);

      // Meanwhile the session is extended, and is active later than the start of the writes.
      await stage.setClock(start + 1_000);
      const writes = writeAtOnce(guarded, browser);
      await new Promise((resolve) => setTimeout(resolve, WRITE_MS / 2));
      await stage.setClock(start + 29 * 60_000);
      await browser.clone().at(guarded.port(1)).post("/curfew/extend");
      guardedKept += await writes;
      const { json } = await browser.at(guarded.port(0)).get("/curfew/status");
      const { json: me } = await browser.at(guarded.port(1)).get("/me");
      const isKept =
        me["extendedCount"] === 1 &&
        me["lastActivityAt"] === start + 29 * 60_000 &&
        Number(json["remainingMs"]) > 25 * 60_000;
      if (!isKept) ownLost += 1;

      await stage.setClock(start + 1_000);
      naiveLost += WRITES - (await writeAtOnce(naive, byHand));
    }
    return new Tally()
      .figure(
        `writes kept of ${WRITES * rounds}`,
        `${guardedKept}; express-session alone: ${bareKept}`,
        guardedKept >= bareKept && bareKept >= rounds,
      )
      .none("rounds with a field of our own lost", ownLost)
      .naiveFails("writes lost", naiveLost, WRITES * rounds, 0.9);
  },
};
