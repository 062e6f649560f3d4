/** Cases I3 and I6: very many sessions end, and leave nothing behind. */
import { endMany } from "../../../src/state/sessions/end-session.js";
import type { RedisPort } from "../../../src/redis/port.js";
import { revokeSessions } from "../../../src/state/sessions/revoke-sessions.js";
import * as scripts from "../../../src/state/scripts.generated.js";
import { inParallel, Tally, type BatteryCase, type Stage } from "../support/battery-case.js";
import { send, tell } from "../../harness/http.js";
import { cookieHeader, fill, openState, signIn, type Filled } from "../support/filling.js";

const BLOCK_MICROS = 50_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Returns the longest time that Redis was blocked since `SLOWLOG RESET`, in microseconds. */
async function slowest(stage: Stage): Promise<number> {
  const entries = (await stage.redis.call("SLOWLOG", "GET", "128")) as [number, number, number, string[]][];
  return Math.max(0, ...entries.map(([, , micros]) => micros));
}

async function refusals(port: number, sample: readonly Filled[], reason: string): Promise<number> {
  let refused = 0;
  await inParallel(sample.length, 10, async (index) => {
    const { cookie = "" } = sample[index] ?? {};
    const { status, json } = await send(port, "/me", { headers: cookieHeader({ cookie }) });
    if (status === 401 && json["reason"] === reason) refused += 1;
  });
  return refused;
}

/** I3. */
export const manySessionsOfOneUser: BatteryCase = {
  id: "I3",
  title: "Eviction and revocation of users with 10,000 sessions",
  passesAt: "one write ends all sessions; Redis is blocked for at most 50 ms",
  inTests: false,
  async run(stage) {
    const { storage: storage, close } = await openState(stage.server.url, { oneByOne: true });
    const filling = await openState(stage.server.url);
    const count = stage.count(10_000);
    const many = await fill(filling.storage, { count, userOf: () => "many" });
    const revoked = await fill(filling.storage, { count, userOf: () => "revoked" });
    filling.close();
    const app = await stage.startApp();
    const [, admin] = app.ports;
    await tell(admin, "/control/settings", { maxSessionsPerUser: 1 });
    await stage.redis.config("SET", "slowlog-log-slower-than", "1000");
    await stage.redis.call("SLOWLOG", "RESET");

    // The cleanup after them is held back, so that only the one write can have ended them.
    const background = onlyFirstWrite(storage.redis, () => undefined);
    await signIn({ ...storage, background }, "many", "the newest browser");
    const evicted = await refusals(app.port(0), many, "evicted");
    const evictionMicros = await slowest(stage);
    await tell(admin, "/control/settings", { maxSessionsPerUser: null });
    // A user has at most 100 browser sessions (rule M36). The sign-ins have ended the others.
    const lost = await refusals(app.port(0), revoked, "evicted");
    await stage.redis.call("SLOWLOG", "RESET");
    await new Promise<void>((resolve) => {
      const redis = onlyFirstWrite(storage.redis, resolve);
      const whose = { userId: "revoked", reason: "revoked_by_admin", actor: null, except: null } as const;
      void revokeSessions({ ...storage, redis }, whose);
    });
    const refused = await refusals(app.port(0), revoked, "revoked_by_admin");
    const revocationMicros = await slowest(stage);
    await stage.redis.config("SET", "slowlog-log-slower-than", "10000");
    close();
    const ms = (micros: number): string => (micros / 1_000).toFixed(1);
    return new Tally()
      .exactly("evicted by one write", evicted, many.length)
      .figure("sessions that lived before the revocation", revoked.length - lost, lost < revoked.length)
      .exactly("revoked by one write", refused, revoked.length - lost)
      .figure("slowest command of the eviction, ms", ms(evictionMicros), evictionMicros <= BLOCK_MICROS)
      .figure("slowest command of the revocation, ms", ms(revocationMicros), revocationMicros <= BLOCK_MICROS)
      .outcome;
  },
};

/**
 * Returns a port that passes reads of the settings and one write of the user's key, reports the write, and holds
 * later commands back.
 */
function onlyFirstWrite(port: RedisPort, written: () => void): RedisPort {
  return {
    within: () => onlyFirstWrite(port, written),
    call: (command, args) => (command === "GET" ? port.call(command, args) : new Promise(() => undefined)),
    readTogether: (keys) => port.readTogether(keys),
    run: async (script, args) => {
      if (script === scripts.revokeAll) await port.run(script, args).then(written);
      return new Promise(() => undefined);
    },
  };
}

/** Simulates the passage of time: shortens all TTLs. */
const LATER = `
local left = 0
for _, key in ipairs(redis.call('KEYS', 'curfew:*')) do
  local ttl = redis.call('PTTL', key)
  if ttl >= 0 then redis.call('PEXPIRE', key, math.max(0, ttl - ARGV[1])) end
  if redis.call('EXISTS', key) == 1 and key ~= 'curfew:settings' and key ~= 'curfew:history' and key ~= 'curfew:tags' and key ~= 'curfew:audit' and key ~= 'curfew:app' then left = left + 1 end
end
return left`;

/** I6. */
export const nothingLeftBehind: BatteryCase = {
  id: "I6",
  title: "100,000 sessions end by sign-out, revocation, eviction and deadline",
  passesAt:
    "each session's row in the list goes with the session; 0 keys of the package 25 hours after the last end",
  async run(stage) {
    const { storage: storage, close } = await openState(stage.server.url, {
      defaults: { sessionMinutes: 30 },
    });
    const count = stage.count(100_000);
    await tell((await stage.startApp()).port(0), "/control/settings", { idleMinutes: 20 });
    const all = new Map<number, Filled>();
    await inParallel(count, 500, async (index) => {
      // A quarter of the users have four sessions each.
      const user = index % 4 === 0 ? `shared-${String(index >> 4)}` : `alone-${String(index)}`;
      all.set(index, await signIn(storage, user, `browser ${String(index)}`));
      if ((index + 1) % 50_000 === 0) stage.report(`${String(index + 1)} sessions`);
    });
    const mostKeys = await stage.redis.dbsize();
    const ended = [...all].filter(([index]) => index % 2 === 0).map(([, { ref }]) => ref);
    await endMany(storage, ended, { reason: "signed_out", at: Date.now() });
    const revoked = [...new Set([...all.values()].map(({ userId }) => userId))].filter(
      (_, index) => index % 5 === 0,
    );
    await inParallel(revoked.length, 100, async (index) => {
      await revokeSessions(storage, {
        userId: revoked[index] ?? "",
        reason: "revoked_by_admin",
        actor: null,
        except: null,
      });
    });
    const rows = await listed(stage);
    const living = (await stage.redis.keys("sess:*")).length;
    // Half an hour until the last end, a day for the records of the ends, and one more hour.
    await stage.redis.eval(LATER, 0, 30 * 60_000);
    const afterTheirTime = (await stage.redis.keys("curfew:l:*")).length;
    const left = (await stage.redis.eval(LATER, 0, DAY_MS + HOUR_MS)) as number;
    close();
    return new Tally()
      .figure("keys at the most", mostKeys, mostKeys > 2 * count)
      .exactly("rows in the list after half have ended", rows, living)
      .none("shelves of the list when the time of all is up", afterTheirTime)
      .none("keys of the package left an hour after the last record", left).outcome;
  },
};

async function listed({ redis }: Stage): Promise<number> {
  const shelves = await redis.keys("curfew:l:*");
  const sizes = await Promise.all(shelves.map((shelf) => redis.zcard(shelf)));
  return sizes.reduce((total, size) => total + size, 0);
}
