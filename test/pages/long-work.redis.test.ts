import { describe, expect, it } from "vitest";
import { requireContext } from "../../src/http/request/context.js";
import { DEFAULT_SETTINGS } from "../../src/policy/index.js";
import { cancelJob, readJob, startJob } from "../../src/state/job.js";
import { emptyPreview, type SettingsPreview } from "../../src/state/sessions/preview-settings.js";
import type { Storage } from "../../src/state/storage.js";
import { linksOf, ROOT, startPages, textOf, type PagesSiteOptions } from "./support.js";

/** Work that makes a step only if the test says so. */
function steppedWork<Progress>() {
  const waiting: ((progress: IteratorResult<Progress>) => void)[] = [];
  const state = { isStopped: false };
  const steps: AsyncIterableIterator<Progress> = {
    [Symbol.asyncIterator]: () => steps,
    next: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
      }),
    return: () => {
      state.isStopped = true;
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  const next = async (): Promise<(result: IteratorResult<Progress>) => void> => {
    await expect.poll(() => waiting.length).toBe(1);
    return waiting.shift() as (result: IteratorResult<Progress>) => void;
  };
  return {
    state,
    steps,
    step: async (value: Progress) => (await next())({ done: false, value }),
    finish: async () => (await next())({ done: true, value: undefined }),
  };
}

/** Starts the pages, with a way to the storage of their process. */
async function startSite(options: PagesSiteOptions = {}) {
  let storage: Storage | undefined;
  const site = await startPages({
    ...options,
    configure: (app) =>
      app.get("/storage", (request, response) => {
        storage = requireContext(request).storage;
        response.end();
      }),
  });
  const root = await site.signedIn(ROOT, { persistent: true });
  await root.visit("/storage");
  if (!storage) throw new Error("the storage was not reached");
  return { site, root, storage };
}

/** Longer than the shortest time between two notes of progress. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 300));

describe("long work", () => {
  it("is seen by every process, and ends with its result", async () => {
    const { storage } = await startSite();
    const work = steppedWork<number>();
    const { id, ended } = await startJob(storage, { kind: "test", facts: "why", progress: 0 }, work.steps);
    expect(await readJob(storage, id, "test")).toMatchObject({ state: "running", facts: "why", progress: 0 });
    await pause();
    await work.step(1);
    await expect.poll(() => readJob(storage, id, "test")).toMatchObject({ state: "running", progress: 1 });
    await work.step(2);
    await work.finish();
    await ended;
    expect(await readJob(storage, id, "test")).toMatchObject({ state: "done", progress: 2 });
    expect(await readJob(storage, id, "other")).toBeNull();
    expect(await readJob(storage, "../settings", "test")).toBeNull();
  });

  it("stops when another process cancels it, and is not brought back", async () => {
    const { storage } = await startSite();
    const work = steppedWork<number>();
    const { id, ended } = await startJob(storage, { kind: "test", facts: null, progress: 0 }, work.steps);
    await cancelJob(storage, id);
    await pause();
    await work.step(1);
    await ended;
    expect(work.state.isStopped).toBe(true);
    expect(await readJob(storage, id, "test")).toBeNull();
  });

  it("stops when its process closes", async () => {
    const { storage, site } = await startSite();
    const work = steppedWork<number>();
    const { ended } = await startJob(storage, { kind: "test", facts: null, progress: 0 }, work.steps);
    const closed = site.curfew.close();
    await work.step(1);
    await ended;
    await closed;
    expect(work.state.isStopped).toBe(true);
  });

  it("is forgotten if its process dies, and says so if Redis fails", async () => {
    const { storage, site } = await startSite();
    const failing = (async function* () {
      yield await Promise.resolve(1);
      throw new Error("gone");
    })();
    const { id, ended } = await startJob(storage, { kind: "test", facts: null, progress: 0 }, failing);
    await ended;
    expect(await readJob(storage, id, "test")).toMatchObject({ state: "failed", progress: 1 });
    expect(site.log.map(({ code }) => code)).toContain("write_failed");
    const ttl = Number(await storage.redis.call("PTTL", [storage.keys.job(id)]));
    expect(ttl).toBeGreaterThan(0);
  });
});

describe("the review of a change while sessions are counted", () => {
  async function startReview() {
    const { site, root, storage } = await startSite();
    const settings = { ...DEFAULT_SETTINGS, sessionMinutes: 10 };
    const proposed = { before: DEFAULT_SETTINGS, settings, coercions: [] };
    const change = { values: settings, patch: { sessionMinutes: 10 }, version: 0, action: "settings" };
    const work = steppedWork<ReturnType<typeof emptyPreview>>();
    const counted = { ...emptyPreview(proposed), countedSessions: 123, share: 0.1 };
    const progress: SettingsPreview = {
      ...counted,
      endedSessions: 51,
      affectedUsers: 37,
      endedByReason: { absolute: 51 },
    };
    const { id } = await startJob(
      storage,
      {
        kind: "preview",
        facts: { change: { ...change, fields: { sessionMinutes: "10" } }, proposed },
        progress,
      },
      work.steps,
    );
    return { site, root, storage, id, work, progress, address: `/admin/settings/review?job=${id}` };
  }

  it('marks estimates with "about", and reloads without a script', async () => {
    const { root, address, work, progress } = await startReview();
    const page = await root.visit(address);
    expect(textOf(page)).toContain("Sessions read: 10 %");
    expect(textOf(page)).toContain(
      "Ends about 510 sessions of about 370 users at once (about 510 sessions past the duration)",
    );
    expect(page.get("Refresh")).toBe(`2; url=${address}&curfew-refresh=1`);
    await work.step({ ...progress, complete: true, share: 1 });
    await work.finish();
    await expect.poll(async () => (await root.visit(address)).get("Refresh")).toBeUndefined();
    expect(textOf(await root.visit(address))).toContain("Ends 51 sessions of 37 users at once");
  });

  it("M4: its reloads are not activity, a click on its link is", async () => {
    const { site, root, address } = await startReview();
    const page = await root.visit(address);
    const activity = async () => {
      const state = await root.state();
      return state.state === "active" ? state.session.lastActivityAt : null;
    };
    const before = await activity();
    site.at("5:00");
    await root.visit(page.get("Refresh")?.split("url=")[1]);
    expect(await activity()).toBe(before);
    const [link = ""] = linksOf(page, "settings/review");
    await root.visit(link);
    await expect.poll(activity).toBe(Number(before) + 5 * 60_000);
  });

  it("can be canceled, and saved before the count ends", async () => {
    const first = await startReview();
    const canceled = await first.root.submit("/admin/settings", { job: first.id, action: "cancel" });
    expect(canceled.get("Location")).toBe("/admin/settings");
    expect((await first.root.visit(first.address)).status).toBe(404);
    expect((await first.site.curfew.settings.get()).version).toBe(0);
    const { root, site, storage, id, address } = await startReview();
    expect((await root.visit(address)).text).toContain(`name="job" value="${id}"`);
    const fields = { ...(await formFields(root, address)), action: "save" };
    expect((await root.submit("/admin/settings", fields)).status).toBe(303);
    expect((await site.curfew.settings.get()).settings.sessionMinutes).toBe(10);
    expect(await readJob(storage, id, "preview")).toBeNull();
  });
});

async function formFields(
  root: Awaited<ReturnType<typeof startSite>>["root"],
  address: string,
): Promise<Record<string, string>> {
  const page = await root.visit(address);
  const hidden = [...page.text.matchAll(/name="([^"]*)"\s+value="([^"]*)"/g)];
  return {
    allowPersistentSessions: "on",
    idleMinutes: "15",
    idleMinutesUnit: "minutes",
    sessionMinutesUnit: "minutes",
    concurrent: "unlimited",
    whenLimitReached: "end_oldest",
    ...Object.fromEntries(hidden.map(([, name = "", value = ""]) => [name, value])),
  };
}
