import fc from "fast-check";
import { CurfewError, type Settings } from "../../src/index.js";
import { ADMIN_KEY } from "../battery/support/guarded-app.js";
import { CONFIG_PATH } from "../battery/support/settings-client.js";
import { anyBody, anyHeaders, anyJson, anyNumberText } from "./arbitraries.js";
import { sendRaw, type Ground } from "./ground.js";
import { must, property, type Property } from "./property.js";

const BOOLEANS = ["allowPersistentSessions", "inactivityLogout", "trackLocation"] as const;

const isWithin = (value: unknown, min: number, max: number): boolean =>
  typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;

/** Returns a breach of the rules in docs/settings.md by saved settings. */
function problemOf(settings: Settings): string | null {
  for (const name of BOOLEANS) if (typeof settings[name] !== "boolean") return name;
  if (!isWithin(settings.sessionMinutes, 5, 43_200)) return "sessionMinutes";
  if (!isWithin(settings.idleMinutes, 1, 144_000)) return "idleMinutes";
  const { maxSessionsPerUser: limit } = settings;
  if (limit !== null && !isWithin(limit, 1, 1_000)) return "maxSessionsPerUser";
  if (!["end_oldest", "refuse_newest"].includes(settings.whenLimitReached)) return "whenLimitReached";
  const { inactivityLogout, allowPersistentSessions, sessionMinutes } = settings;
  const isCoupled = !allowPersistentSessions && isWithin(sessionMinutes, 15, 1_440);
  return inactivityLogout && !isCoupled ? "mix with inactivityLogout" : null;
}

const FIELDS = [
  ...BOOLEANS,
  ...["sessionMinutes", "idleMinutes", "maxSessionsPerUser", "whenLimitReached", "__proto__", "x"],
];

/** A patch in TypeScript: any value, with accessors and prototypes. */
const anyPatch = fc.oneof(
  { weight: 4, arbitrary: fc.dictionary(fc.constantFrom(...FIELDS), fc.oneof(anyJson, fc.anything())) },
  fc.anything(),
);

async function checkUpdate({ curfew }: Ground, patch: unknown): Promise<void> {
  const before = await curfew.settings.get();
  try {
    const { settings, version } = await curfew.settings.update(patch as object);
    must(problemOf(settings) === null, `saved a bad ${String(problemOf(settings))}`);
    must(
      version >= before.version && version <= before.version + 1,
      `version ${before.version}, then ${version}`,
    );
  } catch (error) {
    must(error instanceof CurfewError && error.code === "invalid_settings", String(error));
  }
  const after = await curfew.settings.get();
  must(problemOf(after.settings) === null, `stored a bad ${String(problemOf(after.settings))}`);
}

/** E3. */
export const settings: Property = property(
  "E3, G5: settings.update takes what is valid, names what is not, and stores nothing else",
  5_000,
  anyPatch,
  checkUpdate,
);

const API_FIELDS = [
  ...["allow_persistent_sessions", "session_minutes", "unlimited_sessions_per_user", "can"],
  ...["use_inactivity_based_logout", "track_session_location"],
];
const ALLOWED = new Set([200, 400, 404, 412, 413, 415, 422]);

interface Patch {
  readonly body: string;
  readonly headers: readonly [string, string][];
  readonly ifMatch: string | null;
  readonly type: string;
}

async function checkPatch({ curfew, port }: Ground, { body, headers, ifMatch, type }: Patch): Promise<void> {
  const before = await curfew.settings.get();
  const answer = await sendRaw(port, {
    method: "PATCH",
    target: CONFIG_PATH,
    headers: [
      ["Authorization", ADMIN_KEY],
      ["Content-Type", type],
      ...(ifMatch === null ? [] : [["If-Match", ifMatch] as const]),
      ...headers.filter(([name]) => !["authorization", "content-type", "if-match", "host"].includes(name)),
    ],
    body,
  });
  const after = await curfew.settings.get();
  must(problemOf(after.settings) === null, `stored a bad ${String(problemOf(after.settings))}`);
  must({}.constructor === Object && !("polluted" in {}), "Object.prototype has changed");
  if (answer.isNodes) return;
  must(ALLOWED.has(answer.status) || answer.status === 403, `answered ${answer.status}: ${answer.body}`);
  if (answer.status !== 200)
    must(after.version === before.version, `${answer.status}, and saved all the same`);
  const named = /^"(\d{1,15})"$/.exec(ifMatch ?? "");
  if (answer.status === 200 && named) must(Number(named[1]) === before.version, "saved over another version");
}

/** E3, E4. */
export const patches: Property = property(
  "E3, E4: PATCH with any body and headers: a known answer, valid settings, and If-Match is kept to",
  5_000,
  fc.record({
    body: anyBody(API_FIELDS),
    headers: anyHeaders,
    ifMatch: fc.oneof(
      { weight: 3, arbitrary: fc.constant(null) },
      fc.constantFrom("*", '"1"', '"2"', 'W/"1"', '"1", "2"', '"-1"', '"1e0"', '"01"'),
      anyNumberText.map((text) => `"${text}"`.replace(/[^\t -~]/g, "?")),
    ),
    type: fc.oneof(
      { weight: 6, arbitrary: fc.constant("application/json") },
      fc.constantFrom(
        "application/json; charset=utf-16",
        "text/json",
        "application/x+json",
        "text/plain",
        ";",
      ),
    ),
  }),
  checkPatch,
);
