import { describe, expect, it, vi } from "vitest";
import { dataOf, startApp } from "../harness/app.js";

describe("session.reload()", () => {
  it("leaves a session that the handler does not change unwritten, even if other requests store data meanwhile", async () => {
    const waiting: (() => void)[] = [];
    const site = await startApp({
      configure: (app) => {
        app.post(["/read", "/write"], (request, response) => {
          request.session.reload(() => {
            if (request.path === "/write") dataOf(request)["own"] = 1;
            waiting.push(() => response.json({}));
          });
        });
      },
    });
    const browser = await site.signedIn("ann");
    const meanwhile = async (path: string, stored: object): Promise<unknown> => {
      const answer = browser.fetch("post", path, {});
      await vi.waitUntil(() => waiting.length > 0);
      await browser.fetch("post", "/data", stored);
      waiting.pop()?.();
      await answer;
      return (await browser.fetch("get", "/data")).body;
    };
    expect(await meanwhile("/read", { cart: 1 })).toEqual({ cart: 1 });
    expect(await meanwhile("/write", { cart: 2 })).toEqual({ cart: 1, own: 1 });
  });
});
