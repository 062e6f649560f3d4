/** Data that an app may keep in its sessions. */
import { expect, it } from "vitest";
import { startApp } from "../harness/app.js";

it.each(["ann", null])(
  "data of any name are kept through requests that change nothing, for %s",
  async (userId) => {
    const site = await startApp();
    const browser = userId === null ? await site.browser() : await site.signedIn(userId);
    const data = { toJSON: "a name that JSON.stringify looks for", data: 1, lives: 2, cart: [3] };
    await browser.fetch("post", "/data", data);
    for (let requests = 0; requests < 2; requests++)
      expect((await browser.fetch("get", "/data")).body).toEqual(data);
  },
);
