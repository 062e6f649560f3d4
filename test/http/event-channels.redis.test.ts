import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it, onTestFinished } from "vitest";
import { startApp } from "../harness/app.js";

describe("the diagnostics channels", () => {
  it("publish each event with the payload of curfew.on", async () => {
    const site = await startApp();
    const heard: unknown[] = [];
    const hear = (event: unknown): void => {
      heard.push(event);
    };
    for (const name of ["signedIn", "ended", "settingsChanged"]) {
      subscribe(`express-curfew:${name}`, hear);
      onTestFinished(() => {
        unsubscribe(`express-curfew:${name}`, hear);
      });
    }
    const ann = await site.signedIn("ann");
    await ann.fetch("post", "/logout", {});
    await site.curfew.settings.update({ sessionMinutes: 20 });
    const own = heard.filter((event) =>
      [...site.told("signedIn"), ...site.told("ended"), ...site.told("settingsChanged")].includes(
        event as never,
      ),
    );
    expect(own).toHaveLength(3);
    expect(own).toMatchObject([{ userId: "ann" }, { reason: "signed_out" }, { version: 1 }]);
  });
});
