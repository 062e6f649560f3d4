/** Case G8: a Secure cookie while the app sees no TLS. */
import { range, Tally, type BatteryCase } from "../support/battery-case.js";
import { Browser, SESSION_COOKIE } from "../../harness/browser.js";
import { warningsOf } from "../support/settings-client.js";

const PAGE = { accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-site": "none" };

/** G8. */
export const secureCookieWithoutTls: BatteryCase = {
  id: "G8",
  title: "A Secure cookie behind a TLS proxy that Express does not trust",
  passesAt:
    "a warning at the first sign-in; the sign-in gives the reason; no redirect loop; nothing is stored",
  async run(stage) {
    const app = await stage.startApp({ cookie: { secure: true } });
    const auto = await stage.startApp();
    const https = { "x-forwarded-proto": "https" };
    const count = stage.count(200);
    const warned: number[] = [];
    let [saysWhy, redirected, loginPages] = [0, 0, 0];
    for (const index of range(count)) {
      const browser = new Browser();
      // The browser asks for a page, gets the login page and sends the form, as a user in a loop does.
      const guarded = await browser.at(app.port(index)).send("/page", { headers: { ...PAGE, ...https } });
      if ((guarded.headers.location ?? "").startsWith("/login")) loginPages += 1;
      const body = { userId: `g8-${index}`, returnTo: "/page" };
      const answer = await browser.at(app.port(index)).send("/login", { body, headers: https });
      if (answer.status >= 300 && answer.status < 400) redirected += 1;
      if (answer.status === 403 && /HTTPS.*trust proxy/.test(answer.text)) saysWhy += 1;
      if (browser.cookies.has(SESSION_COOKIE)) redirected += 1;
      if (index < 2) warned.push(await warningsOf(app.port(index), "^insecure_cookie$"));
    }
    const more = (await Promise.all(app.ports.map((port) => warningsOf(port, ".")))).reduce((a, b) => a + b);
    const stored = (await stage.redis.keys("*")).length;
    for (const index of range(4))
      await new Browser().at(auto.port(index)).send("/login", { body: { userId: "g8" }, headers: https });
    const told = await Promise.all(auto.ports.map((port) => warningsOf(port, "^proxy_not_trusted$")));
    return new Tally()
      .exactly("sent to the login page", loginPages, count)
      .exactly("sign-ins that give the reason", saysWhy, count)
      .none("redirects or cookies: a loop", redirected)
      .figure(
        "warnings at the first sign-in of each process",
        warned.join(", "),
        warned.every((told) => told === 1),
      )
      .none("warnings after it", more)
      .none("keys stored", stored)
      .figure('with secure: "auto", warnings in each process', told.join(", "), told.join() === "1,1")
      .outcome;
  },
};
