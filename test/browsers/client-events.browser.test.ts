/** News that reach an open tab by its event stream, in real browsers. No tab polls within these tests: a poll takes a minute. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { describeEngines, type EnginePage } from "../harness/browsers/index.js";
import { untilSubscribed } from "../harness/redis.js";
import { ClientSite, seenBy, waitForDialog, type ClientSiteOptions } from "./client-site.js";

describeEngines("the event stream of a tab", ({ browser }) => {
  let page: EnginePage;
  let site: ClientSite;
  const enter = async (options: ClientSiteOptions = {}): Promise<void> => {
    site = await ClientSite.start(options);
    await site.enter(page);
    await untilSubscribed(site.prefix);
  };

  beforeEach(async () => {
    page = await browser().newPage();
  });
  afterEach(async () => {
    await page.close();
    await site.close();
  });

  it("an evicted tab tells its user at once, without input, focus or poll", async () => {
    await enter({ defaults: { maxSessionsPerUser: 1 } });
    await fetch(site.url("/enter?user=ann&to=/page"), { redirect: "manual" });
    await page.waitFor("location.pathname === '/login'");
    expect(await page.url()).toContain("reason=evicted&return_to=%2Fpage");
    expect(await page.text("#reason")).toBe("evicted");
  });

  it("a change of the settings arms an open tab again", async () => {
    await enter({ defaults: { sessionMinutes: 60 } });
    site.skip(4);
    await site.curfew.settings.update({ sessionMinutes: 5 });
    await waitForDialog(page, true);
    expect((await seenBy(page)).violations).toEqual([]);
  });
});
