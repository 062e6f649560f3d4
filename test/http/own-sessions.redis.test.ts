import { describe, expect, it } from "vitest";
import type { SessionsAnswer } from "../../src/index.js";
import { express4, startApp } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";

describe("a user's own sessions", () => {
  it("GET /sessions lists them, without ids, and marks the asking session", async () => {
    const site = await startApp();
    const [ann] = [await site.signedIn("ann"), await site.signedIn("ann"), await site.signedIn("bob")];
    const answer = await ann.fetch("get", "/curfew/sessions");
    expect([answer.status, answer.get("Cache-Control")]).toEqual([200, "no-store"]);
    const { sessions } = answer.body as SessionsAnswer;
    expect(sessions.map(({ isCurrent }) => isCurrent)).toEqual([true, false]);
    expect(Object.keys(sessions[0] ?? {})).not.toContain("userId");
    const secret = /%3A[\w-]+\.[\w-]+\.([\w-]+)/.exec(ann.cookieHeader)?.[1] ?? "";
    expect(secret).toHaveLength(32);
    expect(answer.text).not.toContain(secret);
  });

  it("DELETE /sessions/:ref ends one of the user's own, and is 404 for a foreign ref", async () => {
    const site = await startApp();
    const [ann, other, bob] = [
      await site.signedIn("ann"),
      await site.signedIn("ann"),
      await site.signedIn("bob"),
    ];
    const refOf = async (browser: Browser): Promise<string> => {
      const state = await browser.state();
      return state.state === "active" ? state.session.ref : "";
    };
    const end = async (ref: string): Promise<number> =>
      (await ann.fetch("delete", `/curfew/sessions/${ref}`)).status;
    expect([await end(await refOf(bob)), await end("x".repeat(21)), await end("%00")]).toEqual([
      404, 404, 404,
    ]);
    expect(await bob.standing()).toBe("in");
    const ref = await refOf(other);
    expect([await end(ref), await end(ref)]).toEqual([204, 404]);
    expect(await other.standing()).toBe("revoked");
    expect(await end(await refOf(ann))).toBe(204);
    expect(await ann.standing()).toBe("signed_out");
  });

  it.each([
    ["Express 5", {}],
    ["Express 4", { express: express4 }],
  ])("a badly encoded ref is 400 as a problem document: %s", async (_name, options) => {
    const site = await startApp(options);
    const ann = await site.signedIn("ann");
    const answer = await ann.fetch("delete", "/curfew/sessions/%ff");
    expect([answer.status, answer.get("Content-Type"), answer.body]).toEqual([
      400,
      expect.stringContaining("application/problem+json"),
      { type: "about:blank", status: 400, error: "bad_request", title: "The address can't be read." },
    ]);
    expect(await ann.standing()).toBe("in");
  });

  it("POST /sessions/revoke-others ends the others and says how many", async () => {
    const site = await startApp();
    const [ann, other, bob] = [
      await site.signedIn("ann"),
      await site.signedIn("ann"),
      await site.signedIn("bob"),
    ];
    const answer = await ann.fetch("post", "/curfew/sessions/revoke-others", {});
    expect([answer.status, answer.body]).toEqual([200, { revoked: 1 }]);
    expect([await ann.standing(), await other.standing(), await bob.standing()]).toEqual([
      "in",
      "revoked",
      "in",
    ]);
  });
});
