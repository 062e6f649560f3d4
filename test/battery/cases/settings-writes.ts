/** Cases E4, E7, E9: effects of a PATCH. */
import { range, Tally, type AppPair, type BatteryCase } from "../support/battery-case.js";
import { patchConfig, readConfig, type SessionConfigBody } from "../support/settings-client.js";
import { patchUnder, SETTINGS_VECTORS, settingsUnder } from "../../harness/settings-vectors.js";

const FIELDS: readonly ((index: number) => Partial<SessionConfigBody>)[] = [
  (index) => ({ session_minutes: 100 + index }),
  (index) => ({ allow_persistent_sessions: index % 8 < 4 }),
  (index) => ({ unlimited_sessions_per_user: index % 8 < 4 }),
  (index) => ({ track_session_location: index % 8 < 4 }),
];

interface Written {
  readonly version: number;
  readonly patch: Partial<SessionConfigBody>;
  readonly answer: SessionConfigBody;
}

const agrees = (config: SessionConfigBody, expected: Partial<SessionConfigBody>): boolean =>
  Object.entries(expected).every(([field, value]) => config[field as keyof SessionConfigBody] === value);

/** Writes at the same time. Each answer's ETag shows the order of the writes. */
async function patchAtOnce(app: AppPair, count: number): Promise<Written[]> {
  const written = await Promise.all(
    range(count).map(async (index): Promise<Written> => {
      const patch = FIELDS[index % FIELDS.length]?.(index) ?? {};
      const { headers, json } = await patchConfig(app.port(index), patch);
      return { version: versionOf(headers.etag), patch, answer: json as unknown as SessionConfigBody };
    }),
  );
  return written.sort((a, b) => a.version - b.version);
}

const versionOf = (etag: string | undefined): number => Number((etag ?? "").replaceAll('"', ""));

const differences = (a: SessionConfigBody, b: SessionConfigBody): number =>
  Object.keys(a).filter((field) => {
    const key = field as keyof SessionConfigBody;
    return JSON.stringify(a[key]) !== JSON.stringify(b[key]);
  }).length;

/**
 * Goes through the versions in order. Nothing is lost if each answer shows its own patch and each version differs
 * from the version before in one field. A patch that changes nothing makes no version.
 */
function countLost(written: readonly Written[], first: SessionConfigBody, firstVersion: number): number {
  let [state, version, lost] = [first, firstVersion, 0];
  for (const next of written) {
    const isNew = next.version !== version;
    const isInOrder = next.version === version || next.version === version + 1;
    const isOneStep = differences(state, next.answer) === (isNew ? 1 : 0);
    if (!isInOrder || !isOneStep || !agrees(next.answer, next.patch)) lost += 1;
    [state, version] = [next.answer, next.version];
  }
  return lost;
}

/** E4. */
export const concurrentPatches: BatteryCase = {
  id: "E4",
  title: "Simultaneous PATCHes of different fields",
  passesAt: "200 at once: 0 lost; the version always increases; an outdated If-Match gets 412",
  async run(stage) {
    const app = await stage.startApp();
    const first = await patchConfig(app.port(0), { session_minutes: 60 });
    const firstVersion = versionOf(first.headers.etag);
    const count = stage.count(200);
    const written = await patchAtOnce(app, count);
    const lost = countLost(written, first.json as unknown as SessionConfigBody, firstVersion);
    const versions = (written.at(-1)?.version ?? 0) - firstVersion;
    const before = await readConfig(app.port(0));
    const isLast =
      written.at(-1) !== undefined && differences(before, written.at(-1)?.answer ?? before) === 0;
    const stale = await Promise.all(
      range(20).map((index) => patchConfig(app.port(index), { session_minutes: 7 }, { "if-match": '"1"' })),
    );
    const after = await readConfig(app.port(1));
    return new Tally()
      .figure("PATCHes, and versions they made", `${count}, ${versions}`, versions >= count / FIELDS.length)
      .none("lost or out of order", lost)
      .figure("final state", isLast ? "as in the last PATCH" : JSON.stringify(before), isLast)
      .exactly("412 for a stale If-Match, of 20", stale.filter(({ status }) => status === 412).length, 20)
      .exactly("fields changed by those", differences(before, after), 0).outcome;
  },
};

const NAMES = {
  p: "allow_persistent_sessions",
  m: "session_minutes",
  i: "use_inactivity_based_logout",
} as const;

/** E7. */
export const transitions: BatteryCase = {
  id: "E7",
  title: "Inactivity logout, persistence and duration: transitions",
  passesAt: "all of 40 transitions are exact",
  async run(stage) {
    const app = await stage.startApp();
    const wrong: string[] = [];
    for (const [index, vector] of SETTINGS_VECTORS.entries()) {
      const [before, after] = [vector.before, vector.after].map((triple) => settingsUnder(NAMES, triple));
      // One body sets any consistent state, because only the merged result counts.
      await patchConfig(app.port(index), { use_inactivity_based_logout: false });
      await patchConfig(app.port(index), { ...before });
      const from = await readConfig(app.port(index + 1));
      const { status } = await patchConfig(app.port(index), patchUnder(NAMES, vector.patch));
      const to = await readConfig(app.port(index + 1));
      const isExact =
        agrees(from, { ...before }) &&
        status === (vector.refused.length > 0 ? 422 : 200) &&
        agrees(to, { ...after });
      if (!isExact) wrong.push(`${vector.title} -> ${String(status)} ${JSON.stringify(to)}`);
    }
    return new Tally()
      .figure("transitions", SETTINGS_VECTORS.length, SETTINGS_VECTORS.length >= 40)
      .figure("not exact", wrong.length === 0 ? 0 : wrong.join("; "), wrong.length === 0).outcome;
  },
};

const LOCKED: readonly Record<string, unknown>[] = [
  { can: { update: false } },
  { can: null },
  { can: "everything" },
  { can: { index: true, __proto__: { update: true } } },
  { id: 7 },
  { url: "https://elsewhere.example" },
  { version: 99 },
  { stamp: "x" },
  { history: [] },
  { settings: { sessionMinutes: 5 } },
  { sessionMinutes: 5 },
  { idleMinutes: 1 },
  { idle_minutes: 1 },
  { maxSessionsPerUser: 1_000 },
  { whenLimitReached: "refuse_newest" },
  { limits: { absoluteMinutes: 1 } },
];

/** E9. */
export const lockedFields: BatteryCase = {
  id: "E9",
  title: "`can` and other locked fields in a PATCH",
  passesAt: "ignored or 422, never stored",
  async run(stage) {
    const app = await stage.startApp();
    await patchConfig(app.port(0), { session_minutes: 60 });
    const before = await stage.redis.get("curfew:settings");
    let [stored, odd, wrongCan] = [0, 0, 0];
    for (const [index, body] of LOCKED.entries()) {
      const alone = await patchConfig(app.port(index), body);
      const beside = await patchConfig(app.port(index), { ...body, session_minutes: 60 });
      for (const { status, json } of [alone, beside]) {
        if (status !== 200 && status !== 422) odd += 1;
        const can = JSON.stringify(json["can"]);
        if (status === 200 && can !== '{"show":true,"update":true}') wrongCan += 1;
      }
      if ((await stage.redis.get("curfew:settings")) !== before) stored += 1;
    }
    return new Tally()
      .exactly("bodies", LOCKED.length, 16)
      .none("stored", stored)
      .none("answered otherwise than 200 or 422", odd)
      .none("answers whose `can` came from the client", wrongCan).outcome;
  },
};
