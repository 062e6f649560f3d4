/** Sign-ins from made-up devices at two processes at once, under limits of classes (rules C7, C12, C13). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forkHost, type Host } from "../battery/support/host.js";
import { Browser } from "../harness/browser.js";
import { appRedis, clusterNodes, freshPrefix, sentinelPlace } from "../harness/redis.js";

/** User-Agents by their class. */
const USER_AGENTS = {
  desktop: "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0",
  phone:
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36",
  tablet:
    "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
  other: "curl/8.5.0",
} as const;
type DeviceClass = keyof typeof USER_AGENTS;
const CLASSES = Object.keys(USER_AGENTS) as DeviceClass[];
const SIGN_INS = 60;
const ROUNDS = 5;

describe("sixty simultaneous sign-ins at two processes", () => {
  let hosts: readonly Host[] = [];
  beforeAll(async () => {
    hosts = await Promise.all([forkHost(), forkHost()]);
  }, 60_000);
  afterAll(() => Promise.all(hosts.map((host) => host.close())));

  async function startApp(defaults: object): Promise<number[]> {
    const redis = await appRedis();
    const nodes = clusterNodes();
    const place = await sentinelPlace();
    const config = {
      kind: "guarded",
      redisUrl: typeof redis === "string" ? redis : "",
      ...(nodes && { clusterNodes: nodes }),
      ...(place && { sentinel: place }),
      defaults,
    } as const;
    return Promise.all(hosts.map((host) => host.start(config)));
  }

  /** Signs one user in from many devices at once. Returns the number of living sessions by class. */
  async function race(ports: readonly number[]): Promise<Record<DeviceClass, number>> {
    const user = freshPrefix("ann").slice(0, -1);
    const devices = Array.from({ length: SIGN_INS }, (_, index) => {
      const deviceClass = CLASSES[index % CLASSES.length] ?? "other";
      return { deviceClass, browser: new Browser(null, { userAgent: USER_AGENTS[deviceClass] }) };
    });
    await Promise.all(devices.map(({ browser }, index) => browser.at(ports[index % 2] ?? 0).trySignIn(user)));
    const answers = await Promise.all(
      devices.map(({ browser }, index) => browser.at(ports[(index + 1) % 2] ?? 0).get("/me")),
    );
    const living = { desktop: 0, phone: 0, tablet: 0, other: 0 };
    for (const [index, { status }] of answers.entries())
      if (status === 200) living[devices[index]?.deviceClass ?? "other"] += 1;
    return living;
  }

  const sum = (living: Record<DeviceClass, number>) => CLASSES.reduce((all, name) => all + living[name], 0);

  it("C7, C12: leave exactly the allowed number of browsers, and of phones the allowed number at most", async () => {
    const ports = await startApp({ maxSessionsPerUser: 5, maxPhonesPerUser: 1, maxTabletsPerUser: 2 });
    for (let round = 0; round < ROUNDS; round++) {
      const living = await race(ports);
      expect(sum(living)).toBe(5);
      expect(living.phone).toBeLessThanOrEqual(1);
      expect(living.tablet).toBeLessThanOrEqual(2);
    }
  }, 60_000);

  it("C7, C13: leave the sum of the classes at most, also of clients that claim another class", async () => {
    const ports = await startApp({ maxDesktopsPerUser: 2, maxPhonesPerUser: 1 });
    for (let round = 0; round < ROUNDS; round++) {
      const living = await race(ports);
      expect(sum(living)).toBe(3);
      expect(living.desktop).toBeLessThanOrEqual(2);
      expect(living.phone).toBeLessThanOrEqual(1);
    }
  }, 60_000);

  it("C7, C12: leave no more under refuse_newest, and refuse the others", async () => {
    const ports = await startApp({
      ...{ maxSessionsPerUser: 4, maxPhonesPerUser: 1, whenLimitReached: "refuse_newest" },
    });
    for (let round = 0; round < ROUNDS; round++) {
      const living = await race(ports);
      expect(sum(living)).toBe(4);
      expect(living.phone).toBeLessThanOrEqual(1);
    }
  }, 60_000);
});
