/** Finds the engines of a run once, before its browser tests, and prints their versions. */
import type { TestProject } from "vitest/node";
import type { Engine } from "./driver.js";
import { BROWSERS, findEngines, wantedEngines } from "./find-engines.js";

declare module "vitest" {
  interface ProvidedContext {
    /** The engines to test in; tests use `describeEngines` instead. */
    engines: readonly Engine[];
  }
}

export default async function setup(project: TestProject): Promise<void> {
  const isCI = process.env["CI"] === "true";
  const isAsked = process.env[BROWSERS] !== undefined;
  const wanted = wantedEngines();
  const { engines, missing } = await findEngines(wanted, isCI || isAsked);
  for (const line of missing) process.stderr.write(`${line}\n`);
  const hasChromium = engines.some(({ name }) => name === "chromium");
  if (isCI && wanted.includes("chromium") && !hasChromium) {
    process.stderr.write("In CI a missing Chromium is a failure.\n");
    process.exit(1);
  }
  const titles = engines.map(({ title }) => title).join(", ");
  process.stdout.write(titles === "" ? "Browser tests are skipped.\n" : `Browser tests run in ${titles}.\n`);
  project.provide("engines", engines);
}
