import { describe, expect, it } from "vitest";
import type { EndReason, Settings, Verdict } from "../../src/policy/index.js";
import { playVector } from "../harness/play-vector.js";
import { aSession, at, settingsWith, Site, T, type Visit } from "../harness/policy-fixtures.js";
import type { ExtensionAnswer, PlayedSession, Player, Standing } from "../harness/time-vector.js";
import { TIME_VECTORS } from "../harness/time-vectors.js";

/** Plays vectors with the pure functions alone. */
function policyPlayer(settings: Partial<Settings> | undefined): Player {
  const site = new Site(settingsWith(settings));
  let now = T;
  const played = (visit: Visit): PlayedSession => ({
    look: () => Promise.resolve(standingOf(visit, visit.request(now))),
    act: () => Promise.resolve(void visit.act(now)),
    extend: () => {
      const answer = visit.extend(now);
      return Promise.resolve("outcome" in answer ? (answer.outcome as ExtensionAnswer) : answer.reason);
    },
  });
  return {
    setTime: (time) => {
      now = time;
    },
    signIn: (choice) => Promise.resolve(played(site.signIn(now, choice))),
    save: (patch) => {
      site.save(patch);
      return Promise.resolve();
    },
  };
}

function standingOf({ facts: { signedInAt, extendedCount } }: Visit, found: Verdict): Standing {
  if (found.state === "ended") return found.reason;
  const { endsAt, warnAt, action, persistent } = found;
  return { endsAt, warnAt, action, persistent, signedInAt, extendedCount };
}

describe("time vectors of the policy", () => {
  it.each(TIME_VECTORS.map((vector) => [vector.title, vector] as const))("%s", async (_title, vector) => {
    await playVector(policyPlayer(vector.settings), vector);
  });

  it("W14, W16, W20: an end has the time at which the session was over, not the time of the request", () => {
    const lowered = new Site(settingsWith({ sessionMinutes: 60 }));
    const first = lowered.signIn(T);
    lowered.save({ sessionMinutes: 10 });
    expect(first.request(at("20:05"))).toMatchObject({ reason: "absolute", at: at("10:00") });
    const single = new Site(settingsWith({ maxSessionsPerUser: 1 }));
    const older = single.signIn(T);
    single.signIn(at("5:00"));
    expect(older.request(at("6:00"))).toMatchObject({ reason: "evicted", at: at("5:00") });
    const unticked = new Site(settingsWith());
    const persistent = unticked.signIn(T, { persistent: true });
    unticked.save({ allowPersistentSessions: false });
    expect(persistent.request(at("90:00"))).toMatchObject({ reason: "absolute", at: at("30:00") });
  });

  it("W19: a slow request that writes its facts after the revocation revives no session", () => {
    const visit = new Site(settingsWith({ maxSessionsPerUser: 1, sessionMinutes: 600 })).signIn(T);
    const end = { reason: "revoked" satisfies EndReason, at: at("5:00"), by: null } as const;
    visit.facts = aSession({ ...visit.facts, end, lastActivityAt: at("6:00"), extendedAt: at("6:00") });
    expect(visit.request(at("6:00"))).toMatchObject({ state: "ended", reason: "revoked" });
    expect(visit.extend(at("6:00"))).toMatchObject({ state: "ended", reason: "revoked" });
  });
});
