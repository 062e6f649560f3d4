/** Parsers of the app in front of the package's routes, where the package runs on Express 4. */
import { createRequire } from "node:module";
import type express from "express";
import { describe, expect, it, vi } from "vitest";
import { startApp } from "../harness/app.js";

// The package and the app must have the same Express.
vi.mock("express", () => ({ default: createRequire(import.meta.url)("express4") as object }));

const require4 = createRequire(createRequire(import.meta.url).resolve("express4"));
const bodyParsers = {
  "body-parser 1": require4("body-parser") as typeof express,
  "body-parser 2": createRequire(import.meta.url)("body-parser") as typeof express,
};
const versionOf = (from: NodeJS.Require): string =>
  (from("body-parser/package.json") as { version: string }).version;

describe("M22: on Express 4", () => {
  it("both versions of body-parser are installed", () => {
    expect(versionOf(require4)).toMatch(/^1\./);
    expect(versionOf(createRequire(import.meta.url))).toMatch(/^2\./);
  });

  it.each(Object.entries(bodyParsers))("%s may run in front of the routes", async (_name, parser) => {
    const site = await startApp({
      before: (app) => {
        app.use("/curfew", parser.urlencoded({ extended: false }), parser.json());
      },
    });
    const browser = await site.signedIn("ann");
    expect((await browser.fetch("post", "/curfew/activity", { idleMs: 0 })).status).toBe(200);
    expect((await browser.fetch("post", "/curfew/activity", { idleMs: "no" })).status).toBe(400);
    expect((await browser.fetch("post", "/curfew/extend", {})).status).toBe(409);
    expect((await browser.fetch("post", "/curfew/logout", {})).status).toBe(204);
  });
});
