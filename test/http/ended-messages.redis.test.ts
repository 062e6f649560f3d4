/** Messages for the next page, of a request whose session ends while it runs (rules M5, M42). */
import type { Express, Request } from "express";
import { describe, expect, it } from "vitest";
import type { Curfew } from "../../src/index.js";
import { dataOf, SECRET, startApp, type TestApp } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { setCookiesOf } from "../harness/http.js";
import { slowRoute } from "../harness/slow-route.js";

/** Each ends the session of the request's user, and knows no request. */
const ENDS: Readonly<Record<string, (curfew: Curfew, incoming: Request, ref: string) => Promise<unknown>>> = {
  "end-all": (curfew) => curfew.sessions.endAll({ userId: "ann", actor: "ann" }),
  end: (curfew, _incoming, ref) => curfew.sessions.end(ref, { userId: "ann", actor: "ann" }),
  forget: (curfew) => curfew.sessions.forget({ userId: "ann", actor: "ann" }),
};

/** Each writes what connect-flash and passport write, and what an app's own guard reads. */
function write(incoming: Request): void {
  Object.assign(dataOf(incoming), {
    flash: { info: ["You have signed out everywhere."] },
    messages: ["Bye"],
    isAdmin: true,
    user: { id: "ann" },
    passport: { user: "ann" },
  });
}

function configure(app: Express, curfew: Curfew): void {
  for (const [name, end] of Object.entries(ENDS))
    app.post([`/${name}`, `/${name}/saved`], (incoming, response, next) => {
      const { curfew: state } = incoming;
      const work = async (): Promise<void> => {
        await end(curfew, incoming, state.state === "active" ? state.session.ref : "");
        write(incoming);
        if (!incoming.path.endsWith("/saved")) response.redirect(303, "/data");
        else incoming.session.save((error) => (error ? next(error) : response.redirect(303, "/data")));
      };
      work().catch(next);
    });
  app.post("/streamed", (incoming, response, next) => {
    response.write("one");
    curfew.sessions.endAll({ userId: "ann" }).then(() => {
      write(incoming);
      response.end("two");
    }, next);
  });
}

async function signedIn(
  own: Parameters<typeof startApp>[0] = {},
): Promise<{ site: TestApp; browser: Browser }> {
  const site = await startApp({ configure, ...own });
  const browser = await site.signedIn("ann");
  await browser.fetch("post", "/data", { cart: [1], flash: { old: ["seen"] } });
  return { site, browser };
}

const MESSAGES = { flash: { info: ["You have signed out everywhere."] }, messages: ["Bye"] };

describe.each(Object.keys(ENDS))("%s in the request's own handler", (name) => {
  it.each(["", "/saved"])("M42: keeps the messages for the next page, and no other data%s", async (way) => {
    const { browser } = await signedIn();
    expect((await browser.submit(`/${name}${way}`, {})).status).toBe(303);
    expect((await browser.fetch("get", "/data")).body).toEqual(MESSAGES);
    expect(await browser.state()).toMatchObject({ state: "ended", reason: "revoked" });
    expect(await browser.standing()).toBe("revoked");
    await browser.signIn("ann");
    expect(await browser.standing()).toBe("in");
  });
});

it("M42, M15: an answer that renews the session's cookie keeps the messages of an end too", async () => {
  const { site, browser } = await signedIn();
  const next = await startApp({
    configure,
    prefix: site.prefix,
    clock: site.clock,
    session: { secret: ["the next secret of the tests, longer than need be", SECRET] },
  });
  browser.server = next.server;
  expect((await browser.submit("/end-all", {})).status).toBe(303);
  expect((await browser.fetch("get", "/data")).body).toEqual(MESSAGES);
  expect(await browser.standing()).toBe("revoked");
});

describe("a session that ends elsewhere while a request runs", () => {
  async function during(happens: (site: TestApp, browser: Browser) => Promise<unknown>, body = write) {
    const slow = slowRoute();
    const { site, browser } = await signedIn({
      configure: (app) => {
        app.use("/slow", (incoming, _response, next) => {
          body(incoming);
          next();
        });
        slow.configure(app);
      },
    });
    const tab = browser.clone();
    const waiting = tab.send("/slow", { method: "POST", headers: tab.named({}) });
    await slow.entered;
    await happens(site, browser);
    slow.open();
    return { site, browser, tab, answer: await waiting };
  }

  it("M42: leaves its messages and its reason, and no data that a guard may read", async () => {
    const { tab } = await during((site) => site.curfew.sessions.endAll({ userId: "ann", actor: "admin" }));
    expect((await tab.fetch("get", "/data")).body).toEqual(MESSAGES);
    expect(await tab.standing()).toBe("revoked_by_admin");
  });

  it("M42: leaves a message that is a text", async () => {
    const { tab } = await during(
      (site) => site.curfew.sessions.endAll({ userId: "ann" }),
      (incoming) => Object.assign(dataOf(incoming), { flash: "Bye", messages: "" }),
    );
    expect((await tab.fetch("get", "/data")).body).toEqual({ flash: "Bye" });
  });

  it("M42: leaves nothing without new messages", async () => {
    const { answer } = await during(
      (site) => site.curfew.sessions.endAll({ userId: "ann" }),
      (incoming) => Object.assign(dataOf(incoming), { user: { id: "ann" }, messages: [] }),
    );
    expect([answer.status, setCookiesOf(answer)]).toEqual([200, []]);
  });

  it("M42: after a sign-out in another tab, the browser is anonymous", async () => {
    const { tab } = await during((_site, browser) => browser.fetch("post", "/logout", {}));
    expect((await tab.fetch("get", "/data")).body).toEqual(MESSAGES);
    expect(await tab.state()).toMatchObject({ state: "anonymous" });
  });

  it("M15: does not replace the cookie of a sign-in meanwhile", async () => {
    const { answer, browser } = await during(async (site, other) => {
      await site.curfew.sessions.endAll({ userId: "ann" });
      await other.signIn("ann");
    });
    expect(setCookiesOf(answer)).toEqual([]);
    expect(await browser.standing()).toBe("in");
  });
});

describe("a streamed answer", () => {
  it("M42: is sent whole, and its messages are dropped", async () => {
    const { browser } = await signedIn();
    const answer = await browser.submit("/streamed", {});
    expect([answer.text, setCookiesOf(answer)]).toEqual(["onetwo", []]);
    expect((await browser.fetch("get", "/data")).body).toEqual({});
  });
});
