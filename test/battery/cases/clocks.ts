/** Case D4: app machines with wrong clocks. */
import { range, Tally, type BatteryCase } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import { forkHost } from "../support/host.js";

const SKEW_MINUTES = 16;

/** One user alternates between two processes. @returns the number of refused requests */
async function goToAndFro(ports: readonly number[], browser: Browser, requests: number): Promise<number> {
  let refused = 0;
  for (const index of range(requests)) {
    const { status } = await browser.at(ports[index % ports.length] ?? 0).get("/me");
    if (status !== 200) refused += 1;
  }
  return refused;
}

/** D4. */
export const skewedAppClocks: BatteryCase = {
  id: "D4",
  title: "App processes with clocks 16 minutes fast and 16 minutes slow",
  passesAt: "1,000 requests: no decision changes",
  async run(stage) {
    const hosts = await Promise.all([
      forkHost({ clockSkewMinutes: SKEW_MINUTES }),
      forkHost({ clockSkewMinutes: -SKEW_MINUTES }),
    ]);
    try {
      const redisUrl = stage.server.url;
      const defaults = { inactivityLogout: true, sessionMinutes: 15 };
      const ports = await Promise.all(
        hosts.map((host) => host.start({ kind: "guarded", redisUrl, defaults })),
      );
      const requests = stage.count(1_000);
      const browser = new Browser();
      await browser.at(ports[0] ?? 0).trySignIn("skewed");
      const refused = await goToAndFro(ports, browser, requests);
      const views = await Promise.all(ports.map((port) => browser.at(port).get("/curfew/status")));
      const [first = 0, second = 0] = views.map(({ json }) => Number(json["absoluteRemainingMs"]));
      const apartMs = Math.abs(first - second);
      await browser.at(ports[1] ?? 0).post("/logout");
      const afterLogout = await goToAndFro(ports, browser, 10);

      const naivePorts = await Promise.all(hosts.map((host) => host.start({ kind: "naive", redisUrl })));
      let naiveLogouts = 0;
      const naiveUsers = stage.count(100);
      for (const index of range(naiveUsers)) {
        const byHand = new Browser();
        await byHand.at(naivePorts[1] ?? 0).trySignIn(`naive-${index}`);
        if ((await goToAndFro(naivePorts, byHand, 2)) > 0) naiveLogouts += 1;
      }
      return new Tally()
        .exactly("requests", requests, stage.count(1_000))
        .none("refused", refused)
        .figure("remaining time apart, ms", apartMs, apartMs <= 1_000)
        .exactly("refused after sign-out, of 10", afterLogout, 10)
        .naiveFails("users logged out", naiveLogouts, naiveUsers, 0.9);
    } finally {
      await Promise.all(hosts.map((host) => host.close()));
    }
  },
};
