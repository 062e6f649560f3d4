/** Cases H4 and H5: personal data in Redis. */
import {
  inParallel,
  range,
  Tally,
  type AppPair,
  type BatteryCase,
  type Stage,
} from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import { dumpOf } from "../support/dump.js";
import { PLACE } from "../support/guarded-app.js";

const addressOf = (index: number): string => `198.51.100.${1 + (index % 250)}`;

/** Signs in through a proxy, from an address that occurs only here. */
async function signInFrom(app: AppPair, index: number, user: string): Promise<Browser> {
  const browser = new Browser();
  const headers = { "x-forwarded-for": addressOf(index) };
  await browser.at(app.port(index)).send("/login", { body: { userId: user }, headers });
  return browser;
}

/** Returns the number of lines in Redis that contain an address or a place. */
async function placesIn({ redis }: Stage): Promise<number> {
  const told = [PLACE.city, PLACE.country, "198.51.100."];
  return (await dumpOf(redis)).split("\n").filter((line) => told.some((text) => line.includes(text))).length;
}

const settle = async (app: AppPair, patch: object): Promise<void> => {
  await new Browser().at(app.port(0)).post("/control/settings", patch);
};

/** H4. */
export const locationOff: BatteryCase = {
  id: "H4",
  title: "Tracking of locations is off, or was turned off",
  passesAt: "0 addresses and places are stored; earlier entries go with their session, or at once by a purge",
  async run(stage) {
    const app = await stage.startApp({ trustProxy: 1 });
    const count = stage.count(500);
    await inParallel(count, 10, async (index) => {
      await signInFrom(app, index, `h4-off-${index}`);
    });
    const tally = new Tally().none("lines with a place, tracking off", await placesIn(stage));

    await settle(app, { trackLocation: true, maxSessionsPerUser: 1 });
    const tracked: Browser[] = [];
    await inParallel(count, 10, async (index) => {
      tracked[index] = await signInFrom(app, index, `h4-on-${index % (count / 2)}`);
    });
    const before = await placesIn(stage);
    tally.figure("lines with a place while tracking is on", before, before >= count / 2);
    await settle(app, { trackLocation: false });

    // One of each user's two browsers has been evicted, and its record names a place.
    let told = 0;
    for (const [index, browser] of tracked.entries())
      if (
        JSON.stringify((await browser.at(app.port(index)).get("/me")).json["by"] ?? null).includes(PLACE.city)
      )
        told += 1;
    tally.exactly("evicted sessions that name the place", told, Math.floor(count / 2));

    const leaving = tracked.slice(0, Math.floor(count / 4)).concat(tracked.slice(-Math.floor(count / 4)));
    await inParallel(leaving.length, 10, async (index) => {
      await leaving[index]?.at(app.port(index)).post("/logout");
    });
    const afterSome = await placesIn(stage);
    tally.figure("lines left when a part has signed out", afterSome, afterSome < before);
    await new Browser().at(app.port(1)).post("/control/purge");
    tally.none("lines left after a purge", await placesIn(stage));
    let stillIn = 0;
    for (const browser of tracked)
      if ((await browser.at(app.port(0)).get("/me")).status === 200) stillIn += 1;
    return tally.figure("people still signed in", stillIn, stillIn > 0).outcome;
  },
};

/** Uses everything that a person can use: sessions in every state, and a change of settings. */
async function live(app: AppPair, user: string): Promise<Browser[]> {
  const browsers = range(6).map(() => new Browser());
  for (const [index, browser] of browsers.entries())
    await browser.at(app.port(index)).trySignIn(user, { persistent: index % 2 === 0 });
  await browsers[0]?.at(app.port(1)).post("/logout");
  await browsers[1]?.at(app.port(0)).post("/curfew/reauth", { password: "right" });
  await browsers[2]?.at(app.port(0)).post("/write", { key: "note" });
  const ref = ((await browsers[3]?.at(app.port(0)).get("/me"))?.json["session"] as { ref: string }).ref;
  await new Browser().at(app.port(1)).post("/control/revoke", { ref });
  return browsers;
}

/** H5. */
export const deletedUser: BatteryCase = {
  id: "H5",
  title: "A user is deleted",
  passesAt: "0 keys contain the user's id; the record of an end contains nothing about the person",
  async run(stage) {
    const app = await stage.startApp({ trustProxy: 1, defaults: { trackLocation: true } });
    const count = stage.count(200);
    const users = range(count).map((index) => `h5-person-${index}-`);
    const crowds: Browser[][] = [];
    await inParallel(count, 5, async (index) => {
      crowds[index] = await live(app, users[index] ?? "");
    });
    // One of them has changed settings, which the history records.
    const admin = "admin-h5-person";
    const boss = new Browser();
    await boss.at(app.port(0)).trySignIn(admin);
    await boss.at(app.port(0)).send("/api/4.0/session_config", {
      method: "PATCH",
      body: { session_minutes: 60 },
    });
    const seen = await dumpOf(stage.redis);
    const known = users.filter((user) => seen.includes(user)).length;
    const stays = users[0] ?? "";
    for (const [index, user] of users.entries())
      if (user !== stays) await new Browser().at(app.port(index)).post("/control/forget", { user });
    await new Browser().at(app.port(0)).post("/control/forget", { user: admin });

    const gone = users.filter((user) => user !== stays);
    const traces = (await dumpOf(stage.redis))
      .split("\n")
      .filter((line) => [...gone, admin].some((user) => line.includes(user)));
    let letIn = 0;
    const reasons = new Set<string>();
    for (const [index, browsers] of crowds.entries())
      for (const browser of index === 0 ? [] : browsers) {
        const { status, json } = await browser.at(app.port(index)).get("/me");
        if (status === 200) letIn += 1;
        reasons.add(String(json["reason"]));
      }
    const neighbour = await crowds[0]?.[5]?.at(app.port(0)).get("/me");
    const again = new Browser();
    await again.at(app.port(0)).trySignIn(gone[0] ?? "");
    const { json } = await again.at(app.port(1)).get(`/control/sessions?user=${gone[0] ?? ""}`);

    for (const user of [stays, gone[0] ?? ""])
      await new Browser().at(app.port(1)).post("/control/forget", { user });
    const left = (await dumpOf(stage.redis)).split("\n");
    const records = left.filter((line) => line.startsWith("curfew:s:")).length;
    const personal = /h5-person|Mozilla|Chrome|Winterthur|Switzerland|127\.0\.0\.1|^curfew:u:|^sess:/;
    return new Tally()
      .exactly("users in Redis before", known, count)
      .figure("lines with a deleted user's id", traces[0] ?? 0, traces.length === 0)
      .none("let in", letIn)
      .figure("reasons", [...reasons].sort().join(", "), !reasons.has("unknown"))
      .exactly("a neighbour's page", neighbour?.status ?? 0, 200)
      .exactly("sessions after a new sign-up with the same name", Number(json["count"]), 1)
      .figure("ended records kept when all are deleted", records, records > 0)
      .none("lines with a user, device, address or place", left.filter((line) => personal.test(line)).length)
      .outcome;
  },
};
