/** `session({ answerEnded })`: the answer to a form of an ended session (rule M6). */
import { describe, expect, it, onTestFinished } from "vitest";
import { createCurfew } from "../../src/index.js";
import { NAVIGATION_HEADERS } from "../../src/testing/index.js";
import { SECRET } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { csurfLike, post, startWithLibrary, withFlash } from "../harness/session-libraries.js";

describe("answerEnded", () => {
  const headers = { ...NAVIGATION_HEADERS, "content-type": "application/x-www-form-urlencoded" };

  it("M6: answers a page's own call with 401 and the reason, and takes the cookie", async () => {
    const site = await startWithLibrary(csurfLike(), { answerEnded: true });
    const browser = await site.browser();
    const before = browser.sessionCookie?.value;
    site.clock.advance({ minutes: 30 });
    const answer = await browser.fetch("post", "/form", {});
    expect([answer.status, answer.body]).toMatchObject([401, { error: "session_ended", reason: "absolute" }]);
    expect(answer.get("Cache-Control")).toBe("no-store");
    expect(browser.sessionCookie?.value).not.toBe(before);
    // The next unsafe request is a visitor's: the CSRF library decides about it.
    expect((await browser.fetch("post", "/form", {})).status).toBe(403);
  });

  it.each(["/login", "/LOGIN", "/login/", "/curfew/extend", "/reset", "/reset/now"])(
    "M6: never answers a POST to %s",
    async (path) => {
      const site = await startWithLibrary(withFlash(), { answerEnded: { except: ["/reset"] } });
      const browser = await site.browser();
      site.clock.advance({ minutes: 30 });
      const answer = await browser.send(path, { method: "POST", headers });
      expect(answer.get("Location") ?? "").not.toContain("reason");
    },
  );

  it.each(["get", "head", "options"] as const)("M6: never answers a %s", async (method) => {
    const site = await startWithLibrary(withFlash(), { answerEnded: true });
    const browser = await site.browser();
    site.clock.advance({ minutes: 30 });
    const answer = await browser.send("/home", { method: method.toUpperCase() });
    expect(answer.status).toBe(200);
  });

  it("M6: never answers a living session, nor a visitor", async () => {
    const site = await startWithLibrary(withFlash(), { answerEnded: true });
    const browser = await site.browser();
    expect(await post(browser, "/reset")).toEqual([200, ""]);
    expect(await post(new Browser(browser.server), "/reset")).toEqual([200, ""]);
  });

  it("M6: refuses values that are not lists of paths", () => {
    const curfew = createCurfew({ redis: "redis://127.0.0.1:1", log: () => undefined });
    onTestFinished(() => curfew.close());
    const session = (answerEnded: unknown) => () =>
      curfew.session({ secret: SECRET, answerEnded: answerEnded as never });
    expect(session("yes")).toThrow(/session\.answerEnded: must be true, false or an object/);
    expect(session({ except: "/reset" })).toThrow(/session\.answerEnded\.except: must be an array of paths/);
    expect(session({ except: ["//evil.example"] })).toThrow(/must be an array of paths/);
    expect(session({ but: [] })).toThrow(/answerEnded\.but: is not an option; the only option is except/);
  });
});
