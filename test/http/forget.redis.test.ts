import { describe, expect, it, vi } from "vitest";
import { createKeys, type Keys } from "../../src/state/keys.js";
import { replaceChanges, saveSettings } from "../../src/state/scripts.generated.js";
import { startApp, type TestApp } from "../harness/app.js";
import { FIREFOX } from "../harness/browser.js";
import { T } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";
import { steppedClient } from "../harness/stepped-client.js";
import { start as startWithSudo, sudo } from "./sudo-site.js";

/** Every key and value of an app, as Redis would write them to disk, and the names of the keys. */
async function everything(site: TestApp): Promise<{ text: string; keys: string[]; values: string[] }> {
  const redis = await testRedis();
  const keys = await redis.keys(`${site.prefix}*`);
  const values = await Promise.all(
    keys.map(async (key) => {
      const type = await redis.type(key);
      if (type === "hash") return JSON.stringify(await redis.hgetall(key));
      if (type === "zset") return (await redis.zrange(key, "0", "-1")).join();
      if (type === "stream") return JSON.stringify(await redis.xrange(key, "-", "+"));
      if (type === "list") return (await redis.lrange(key, 0, -1)).join();
      return (await redis.get(key)) ?? "";
    }),
  );
  return { text: values.join("\n"), keys, values };
}

/** Kinds of keys, and true for those that can hold a user's id. `sessions.forget` takes the id out of each of them. */
const NAMES: Readonly<Record<keyof Keys, boolean>> = {
  app: false,
  audit: true,
  data: false,
  devices: false,
  due: false,
  ends: false,
  history: true,
  job: false,
  observed: true,
  observedCounts: false,
  others: false,
  ownRule: false,
  record: true,
  replaced: false,
  rules: true,
  sessions: false,
  settings: false,
  shelf: false,
  swept: false,
  tags: false,
  turn: false,
  used: false,
  user: false,
  uses: false,
};
const KINDS = Object.keys(NAMES) as (keyof Keys)[];

/** Returns the kinds of keys that contain a name now. */
async function kindsThatName(site: TestApp, name: string): Promise<(keyof Keys)[]> {
  const { keys, values } = await everything(site);
  const named = keys.filter((key, index) => `${key} ${values[index] ?? ""}`.includes(name));
  const known = createKeys(site.prefix, `${site.prefix}sess:`);
  const beginningOf = (kind: keyof Keys): string => {
    const key = known[kind] as string | ((...parts: string[]) => string);
    return typeof key === "string" ? key : key("", "").replace(/:+[^:]*$/, ":");
  };
  const isOf = (kind: keyof Keys, key: string): boolean => key.startsWith(beginningOf(kind));
  const unknown = keys.filter((key) => !KINDS.some((kind) => isOf(kind, key)));
  expect(unknown).toEqual([]);
  return KINDS.filter((kind) => named.some((key) => isOf(kind, key)));
}

describe("forgetting a user", () => {
  it("H5: ends all sessions and leaves no key that tells who it was", async () => {
    const site = await startApp();
    const browsers = [await site.signedIn("ann-smith"), await site.signedIn("ann-smith")];
    await (await site.signedIn("ann-smith")).fetch("post", "/logout", {});
    expect(await site.curfew.sessions.forget({ userId: "ann-smith" })).toEqual({ ended: 2, durable: null });
    const { text, keys } = await everything(site);
    expect(text).not.toMatch(/ann-smith|Chrome|Windows/);
    expect(keys.filter((key) => /:u:|:sess:/.test(key))).toEqual([]);
    for (const browser of browsers) expect(await browser.standing()).toBe("revoked_by_admin");
  });

  it("H5: takes the name out of every key that may hold a name", async () => {
    const site = await startApp();
    const { settings, sessions } = site.curfew;
    site.curfew.on("newDevice", () => undefined);
    const ann = { actor: "ann-smith" };
    await settings.update({ sessionMinutes: 60 }, ann);
    await settings.rules.set({ tenant: "acme" }, { sessionMinutes: 30 }, ann);
    await settings.rules.set({ userId: "ann-smith" }, { sessionMinutes: 20 }, { actor: "bob" });
    await settings.rules.set({ userId: "bob" }, { sessionMinutes: 20 }, ann);
    await settings.observe({ sessionMinutes: 15 }, ann);
    await sessions.endWhere({ tenant: "acme" }, ann);
    await site.signedIn("bob");
    await sessions.endAll({ userId: "bob", ...ann });
    await site.signedIn("ann-smith");
    await vi.waitFor(async () => {
      expect(await kindsThatName(site, "ann-smith")).toEqual(KINDS.filter((kind) => NAMES[kind]));
    });
    await sessions.forget({ userId: "ann-smith" });
    expect(await kindsThatName(site, "ann-smith")).toEqual([]);
    expect(await settings.observed()).toMatchObject({ actor: null, isRunning: true });
    expect((await settings.rules.get({ userId: "bob" })).settings).toEqual({ sessionMinutes: 20 });
  });

  it("H5, U2: ends the open sudo sessions of an administrator without the name", async () => {
    const site = await startWithSudo();
    const browser = await site.signedIn("root-smith");
    await sudo(browser, "ann");
    await vi.waitFor(async () => {
      expect((await site.curfew.audit.list({ types: ["signedIn"] })).entries).toHaveLength(2);
    });
    await site.curfew.sessions.forget({ userId: "root-smith", actor: "root-smith" });
    expect(await kindsThatName(site, "root-smith")).toEqual([]);
    const nameless = { userId: "ann", reason: "revoked", sudoUserId: null, actor: null };
    expect(site.told("ended").at(-1)).toMatchObject(nameless);
    expect(await browser.standing()).toBe("revoked");
    await vi.waitFor(async () => {
      expect((await site.curfew.audit.list({ types: ["ended"] })).entries).toMatchObject([nameless]);
    });
    expect(await kindsThatName(site, "root-smith")).toEqual([]);
  });

  it("H5, U2: without an audit trail the sudo session ends at its next request, without the name", async () => {
    const site = await startWithSudo({ audit: false });
    const trail = await startApp({ prefix: site.prefix, clock: site.clock });
    const browser = await site.signedIn("root-smith");
    await sudo(browser, "ann");
    await trail.curfew.sessions.forget({ userId: "root-smith" });
    expect(await browser.standing()).toBe("revoked_by_admin");
    expect(site.told("ended").at(-1)).toMatchObject({ userId: "ann", kind: "sudo", sudoUserId: null });
    await vi.waitFor(async () => {
      expect(await kindsThatName(site, "root-smith")).toEqual([]);
    });
  });

  it("H5: two calls at once leave each act in the audit trail once", async () => {
    const site = await startApp();
    for (const sessionMinutes of [60, 70, 80])
      await site.curfew.settings.update({ sessionMinutes }, { actor: "root-smith" });
    const acts = async (): Promise<unknown[]> =>
      (await site.curfew.audit.list({ types: ["settingsChanged"] })).entries.map(({ at, ...entry }) =>
        "version" in entry ? [at, entry.version, entry.actor] : [],
      );
    await vi.waitFor(async () => {
      expect(await acts()).toHaveLength(3);
    });
    const forget = (): Promise<unknown> => site.curfew.sessions.forget({ userId: "root-smith" });
    await Promise.all([forget(), forget()]);
    const nameless = [3, 2, 1].map((version) => [T, version, null]);
    expect([...(await acts())].sort().reverse()).toEqual(nameless);
    expect(await kindsThatName(site, "root-smith")).toEqual([]);
  });

  it("H5: the user as actor makes the reason revoked", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    await site.curfew.sessions.forget({ userId: "ann", actor: "ann" });
    expect(await browser.standing()).toBe("revoked");
    expect(site.told("ended")).toEqual([expect.objectContaining({ userId: "ann", reason: "revoked" })]);
  });

  it("H5: takes the name from the history of settings, and leaves the change", async () => {
    const site = await startApp();
    await site.curfew.settings.update({ sessionMinutes: 60 }, { actor: "ann" });
    await site.curfew.settings.update({ sessionMinutes: 90 }, { actor: "bob" });
    await site.curfew.sessions.forget({ userId: "ann" });
    const history = await site.curfew.settings.history();
    expect(history.map(({ actor }) => actor)).toEqual(["bob", null]);
    expect((await site.curfew.settings.get()).settings.sessionMinutes).toBe(90);
  });

  it("H5: and E4: neither is undone by the other, where settings are saved or another is forgotten meanwhile", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client, timeoutMs: 5_000 });
    for (const actor of ["ann", "bob", "cem", "dan"]) {
      const { version } = await site.curfew.settings.get();
      await site.curfew.settings.update({ sessionMinutes: 60 + version }, { actor });
    }
    // Each has read the history and is about to write the history when another user is forgotten.
    const saving = steps.hold(saveSettings);
    const saved = site.curfew.settings.update({ sessionMinutes: 90 }, { actor: "eve" });
    await saving.reached;
    const other = await startApp({ prefix: site.prefix, clock: site.clock });
    await other.curfew.sessions.forget({ userId: "ann" });
    saving.release();
    expect(await saved).toMatchObject({ version: 5 });
    const forgetting = steps.hold(replaceChanges);
    const forgotten = site.curfew.sessions.forget({ userId: "bob" });
    await forgetting.reached;
    await other.curfew.sessions.forget({ userId: "cem" });
    forgetting.release();
    await forgotten;
    const history = await other.curfew.settings.history();
    expect(history.map(({ version, actor }) => [version, actor])).toEqual([
      [5, "eve"],
      [4, "dan"],
      [3, null],
      [2, null],
      [1, null],
    ]);
    expect(await site.curfew.settings.get()).toMatchObject({ version: 5, settings: { sessionMinutes: 90 } });
  });

  it("H5: leaves other users alone, and a person who signs up again under the name", async () => {
    const site = await startApp();
    const bob = await site.signedIn("bob");
    const former = await site.signedIn("ann");
    await site.curfew.sessions.forget({ userId: "ann" });
    const again = await site.signedIn("ann");
    expect([await bob.standing(), await again.standing(), await former.standing()]).toEqual([
      "in",
      "in",
      "revoked_by_admin",
    ]);
  });

  it("H5: accepts an unknown user", async () => {
    const site = await startApp();
    expect(await site.curfew.sessions.forget({ userId: "nobody" })).toEqual({ ended: 0, durable: null });
  });

  it.each([undefined, "", 7])("refuses %s as a user's id", async (userId) => {
    const { curfew } = await startApp();
    await expect(curfew.sessions.forget({ userId: userId as string })).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });
});

describe("a session that has ended", () => {
  const zurich = {
    defaults: { trackLocation: true, maxSessionsPerUser: 1 },
    locate: () => ({ city: "Zürich" }),
  };

  it("H4, W16: names the place of the evicting sign-in, and stores the place in no key", async () => {
    const site = await startApp(zurich);
    const ann = await site.signedIn("ann");
    const firefox = await site.browser(FIREFOX);
    await firefox.signIn("ann");
    const told = { state: "ended", reason: "evicted", by: { place: "Zürich", device: "Firefox on Linux" } };
    expect(await ann.state()).toMatchObject(told);
    expect(await ann.state()).toMatchObject(told);
    expect(JSON.stringify(await ann.state())).not.toContain('"ref"');
    await firefox.fetch("post", "/logout", {});
    expect((await everything(site)).text).not.toContain("Zürich");
    expect(await ann.state()).toMatchObject({ ...told, by: { place: null, device: "Firefox on Linux" } });
  });

  it("H4: after a purge tells no place any more", async () => {
    const site = await startApp(zurich);
    const ann = await site.signedIn("ann");
    await site.signedIn("ann");
    await ann.state();
    await site.curfew.sessions.purgeLocations();
    expect((await everything(site)).text).not.toContain("Zürich");
    expect(await ann.state()).toMatchObject({ reason: "evicted", by: { place: null } });
  });

  it("H5: tells why without its user's key", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann");
    await ann.fetch("post", "/logout", {});
    const redis = await testRedis();
    await redis.del(await redis.keys(`${site.prefix}u:*`));
    expect(await ann.standing()).toBe("signed_out");
  });
});
