import { randomUUID } from "node:crypto";
import { describe, it, onTestFinished } from "vitest";
import { parseOptions } from "../../src/options.js";
import { extension, verdict, type Settings } from "../../src/policy/index.js";
import { browserKeyOf } from "../../src/state/keys.js";
import { openStorage } from "../../src/state/open-storage.js";
import { newRef, newSecret, type SignedInId } from "../../src/state/session-id.js";
import { extendSession, noteActivity } from "../../src/state/sessions/change-session.js";
import { endSession } from "../../src/state/sessions/end-session.js";
import { openSession } from "../../src/state/sessions/open-session.js";
import { readSession } from "../../src/state/sessions/read-session.js";
import { updateSettings } from "../../src/state/settings/settings-store.js";
import type { Storage } from "../../src/state/storage.js";
import { playVector } from "../harness/play-vector.js";
import { T } from "../harness/policy-fixtures.js";
import { appRedis, freshPrefix } from "../harness/redis.js";
import type { PlayedSession, Player, SignInChoice } from "../harness/time-vector.js";
import { TIME_VECTORS } from "../harness/time-vectors.js";

const NOWHERE = { city: null, state: null, country: null };

/** Plays vectors with the steps and scripts on a real Redis, without HTTP. */
async function storagePlayer(settings: Partial<Settings> | undefined): Promise<Player> {
  let now = T;
  const prefix = freshPrefix("curfew");
  const opened = openStorage(
    parseOptions({
      redis: await appRedis(),
      prefix,
      sessionPrefix: `${prefix}sess:`,
      clock: () => now,
      log: () => undefined,
      ...(settings && { defaults: settings }),
    }),
  );
  onTestFinished(() => opened.close());
  await opened.ready();
  const { storage } = opened;
  return {
    setTime: (time) => (now = time),
    signIn: async (choice) => played(storage, await signIn(storage, choice)),
    save: async (patch) => {
      await updateSettings(storage, patch, {});
    },
  };
}

async function signIn(storage: Storage, choice: SignInChoice): Promise<SignedInId> {
  const { persistent = false, kind = "browser", deviceClass = "desktop" } = choice;
  const ref = newRef();
  const { secretHash } = newSecret();
  const { tag } = await openSession(storage, {
    ref,
    secretHash,
    userId: "ann",
    kind,
    persistent,
    lifetimeMinutes: null,
    deviceClass,
    browserKey: browserKeyOf(randomUUID()),
    credentialsType: null,
    labels: {},
    sendsUser: false,
    endsAt: null,
    authenticatedAt: null,
    agent: { browser: null, operatingSystem: null },
    ip: null,
    locate: () => Promise.resolve(NOWHERE),
    data: "{}",
  });
  return { ref, tag, secretHash, oldId: null };
}

/** Reads and judges a session, and records an end that it finds. */
async function judge(storage: Storage, id: SignedInId) {
  const { record, standing, settings, now } = await readSession(storage, id);
  if (!record || !standing) throw new Error("the session has no readable record");
  const judged = verdict(record, standing, settings.effective, now);
  if (judged.state === "ended" && !record.end)
    await endSession(storage, id.ref, { reason: judged.reason, at: judged.at });
  return { judged, record, settings: settings.effective, now };
}

function played(storage: Storage, id: SignedInId): PlayedSession {
  const { ref, tag } = id;
  const act = async (): Promise<void> => {
    const { judged, now } = await judge(storage, id);
    if (judged.state === "active") await noteActivity(storage, { ref, verdict: judged }, now);
  };
  return {
    look: async () => {
      const { judged, record } = await judge(storage, id);
      if (judged.state === "ended") return judged.reason;
      const { signedInAt, extendedCount } = record;
      const { endsAt, warnAt, action, persistent } = judged;
      return { endsAt, warnAt, action, persistent, signedInAt, extendedCount };
    },
    act,
    extend: async () => {
      const { judged, record, settings, now } = await judge(storage, id);
      if (judged.state === "ended") return judged.reason;
      const granted = extension(record, settings, now);
      if (granted.outcome === "sign_in_required") throw new Error("no vector has a ceiling");
      if (granted.outcome === "touched") await act();
      if (granted.outcome === "extended") {
        const result = await extendSession(
          storage,
          { ref, tag, record, verdict: judged },
          granted.expiresAt,
          now,
        );
        if (result !== "extended") throw new Error(`the extension was not stored: ${result}`);
      }
      return granted.outcome;
    },
  };
}

describe("time vectors of the state in Redis", () => {
  it.each(TIME_VECTORS.map((vector) => [vector.title, vector] as const))("%s", async (_title, vector) => {
    await playVector(await storagePlayer(vector.settings), vector);
  });
});
