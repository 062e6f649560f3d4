/** Case B12: no option opens a guarded page while Redis is away. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createCurfew } from "../../../src/index.js";
import { startRedis } from "../../harness/redis-server.js";
import { inParallel, Tally, type AppPair, type BatteryCase, type Stage } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import { send } from "../../harness/http.js";
import { CARELESS, NOT_OFFERED } from "../support/careless-app.js";
import { CANARY } from "../support/guarded-app.js";
import { untilGone } from "../support/outage.js";

const REPORT = fileURLToPath(new URL("../../../etc/index.api.md", import.meta.url));
/** Interfaces with options that affect requests. */
const INTERFACES = [
  "CurfewOptions",
  "CurfewSessionOptions",
  "RequireSignInOptions",
  "RequireFreshOptions",
  "RoutesOptions",
  "SignInOptions",
];
/** Options of express-session itself, which the report does not list. */
const INHERITED = ["CurfewSessionOptions.proxy"];
const SUSPICIOUS =
  /fail.?open|bypass|fallback|degrad|offline|optional|insecure|unsafe|pass.?on|skip|ignore|grace|without.?redis|allow.?(when|on|if)/i;

/** Returns every option in the public API report, as `Interface.option`. */
function optionsOf(report: string): string[] {
  const found = INTERFACES.flatMap((name) => {
    const [, body = ""] =
      new RegExp(`export interface ${name} [^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(report) ?? [];
    return [...body.matchAll(/^ {4}readonly (\w+)\??:/gm)].map(([, option = ""]) => `${name}.${option}`);
  });
  return [...found, ...INHERITED];
}

/** A parameter of `safeReturnTo`, and the code of a refusal, which types the error's details. */
const HARMLESS = new Set(["fallback", "insecure_connection"]);

/** Returns the public names that suggest opening pages. Text in quotes names codes, not options. */
function suspiciousNames(report: string): string[] {
  const names = report.replace(/"[^"]*"/g, "").match(/\b[a-zA-Z_]\w*\b/g) ?? [];
  return [...new Set(names)].filter((name) => SUSPICIOUS.test(name) && !HARMLESS.has(name));
}

/** Returns the number of made-up options that `createCurfew` and `session` accept without an error. */
function takenInSilence(): number {
  let taken = 0;
  const isTaken = (make: () => unknown): boolean => {
    try {
      make();
      return true;
    } catch {
      return false;
    }
  };
  const redis = { host: "127.0.0.1", port: 1, lazyConnect: true };
  const curfew = createCurfew({ redis, log: () => undefined });
  for (const name of NOT_OFFERED) {
    const option = { [name]: true };
    if (isTaken(() => createCurfew({ redis, ...option }))) taken += 1;
    if (isTaken(() => curfew.session({ secret: "s".repeat(32), ...option }))) taken += 1;
  }
  void curfew.close();
  return taken;
}

interface Count {
  letIn: number;
  asked: number;
  opened: number;
  refused: number;
}

const PATHS = ["/page", "/elsewhere/page", "/page/status"] as const;
const METHODS = ["GET", "HEAD", "POST"] as const;
const MAX_TRIES = 50;
const LOGINS = ["/login", "/elsewhere/login"] as const;

async function askAway(app: AppPair, browser: Browser, count: Count): Promise<void> {
  for (const port of app.ports)
    for (const path of PATHS)
      for (const method of METHODS) {
        const withCookie = await browser.clone().at(port).send(path, { method });
        const without = await send(port, path, { method });
        count.asked += 2;
        for (const { status, text } of [withCookie, without]) {
          // If the handler runs, the request has been let in, even if the answer has no body.
          if (text.includes(CANARY) || status === 200) count.opened += 1;
          else count.refused += 1;
        }
      }
}

/** Signs in, and again if the option leaves little time. @returns true if a page then opens */
async function isLetIn(app: AppPair, browser: Browser): Promise<boolean> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    for (const path of LOGINS) await browser.at(app.port(0)).send(path, { method: "POST" });
    const pages = await Promise.all(PATHS.map((path) => browser.at(app.port(1)).get(path)));
    if (pages.some(({ text }) => text.includes(CANARY))) return true;
  }
  return false;
}

async function playOptions(stage: Stage, count: Count): Promise<void> {
  const server = await startRedis({ persistence: "aof" });
  try {
    const lanes: { app: AppPair; browser: Browser }[] = [];
    await inParallel(CARELESS.length, 8, async (index) => {
      const app = await stage.startApp({ kind: "careless", careless: index, redisUrl: server.url });
      const lane = { app, browser: new Browser() };
      lanes.push(lane);
      if (await isLetIn(app, lane.browser)) count.letIn += 1;
    });
    server.signal("SIGKILL");
    await untilGone(server.port);
    await inParallel(lanes.length, 8, async (index) => {
      const lane = lanes[index];
      if (lane) await askAway(lane.app, lane.browser, count);
    });
  } finally {
    await server.stop();
  }
}

/** B12. */
export const noFailOpen: BatteryCase = {
  id: "B12",
  title: "Every option with its most careless value, without Redis, and a search of the public API",
  passesAt:
    "0 guarded pages open; 0 options left out; 0 public names that promise to open pages; 0 made-up options accepted",
  async run(stage) {
    const report = readFileSync(REPORT, "utf8");
    const options = optionsOf(report);
    const tried = new Set(CARELESS.map(({ option }) => option));
    const untried = options.filter((option) => !tried.has(option));
    const suspicious = suspiciousNames(report);
    const count: Count = { letIn: 0, asked: 0, opened: 0, refused: 0 };
    await playOptions(stage, count);
    return new Tally()
      .figure("options in the API report", options.length, options.length > 20)
      .figure("options not tried", untried.join(", ") || "0", untried.length === 0)
      .figure("names that promise it", suspicious.join(", ") || "0", suspicious.length === 0)
      .none("made-up options taken in silence", takenInSilence())
      .exactly("tried values that let a user in while Redis answers", count.letIn, CARELESS.length)
      .exactly("requests refused without it", count.refused, count.asked)
      .none("opened", count.opened).outcome;
  },
};
