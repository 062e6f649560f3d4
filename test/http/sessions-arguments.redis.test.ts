/** Arguments that `curfew.sessions` refuses. */
import { describe, expect, it } from "vitest";
import type { ListOptions, SessionsApi } from "../../src/index.js";
import { startApp } from "../harness/app.js";

describe("the arguments of curfew.sessions", () => {
  it.each<unknown>([
    { userId: undefined },
    { userId: "" },
    { userId: null },
    { userId: 7 },
    { user: "ann" },
    { userid: "ann" },
    "ann",
    null,
    ["ann"],
  ])("shows no sessions of other users if a user is named wrongly: %j", async (options) => {
    const site = await startApp();
    await site.signedIn("bob");
    const listing = site.curfew.sessions.list(options as ListOptions);
    await expect(listing).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringMatching(/^sessions\.list: /) as string,
    });
  });

  it.each([undefined, {}, { limit: 5, cursor: undefined }])(
    "shows the sessions of all users if no user is named: %j",
    async (options) => {
      const site = await startApp();
      await site.signedIn("bob");
      expect((await site.curfew.sessions.list(options as ListOptions)).sessions).toHaveLength(1);
    },
  );

  it.each<[string, (sessions: SessionsApi) => Promise<unknown>]>([
    ["end(ref, { actr })", (sessions) => sessions.end("x", { actr: "root" } as never)],
    ["end(ref, { actor: 7 })", (sessions) => sessions.end("x", { actor: 7 } as never)],
    ["end(ref, null)", (sessions) => sessions.end("x", null as never)],
    ["endAll()", (sessions) => sessions.endAll(undefined as never)],
    ["endAll({ excpet })", (sessions) => sessions.endAll({ userId: "ann", excpet: "x" } as never)],
    ["endAll({ except: null })", (sessions) => sessions.endAll({ userId: "ann", except: null } as never)],
    ["forget()", (sessions) => sessions.forget(undefined as never)],
    ["forget({ user })", (sessions) => sessions.forget({ user: "ann" } as never)],
  ])("names what is wrong with %s, and ends nothing", async (_call, call) => {
    const site = await startApp();
    const ann = await site.signedIn("ann");
    await expect(call(site.curfew.sessions)).rejects.toMatchObject({
      name: "CurfewError",
      code: "invalid_argument",
    });
    expect(await ann.standing()).toBe("in");
  });
});

describe("M34: sessions.end(ref, { userId })", () => {
  it("ends the session only if it is this user's", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann");
    const { sessions } = await site.curfew.sessions.list({ userId: "ann" });
    const ref = sessions[0]?.ref ?? "";
    const end = (userId: string) => site.curfew.sessions.end(ref, { userId, actor: userId });
    expect(await end("bob")).toEqual({ ended: false, durable: null });
    expect(await ann.standing()).toBe("in");
    expect(await end("ann")).toMatchObject({ ended: true });
    expect(await ann.standing()).toBe("revoked");
  });

  it.each([undefined, "", 7])("refuses a value that is not a user id: %j", async (userId) => {
    const site = await startApp();
    await expect(site.curfew.sessions.end("x", { userId } as never)).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });
});
