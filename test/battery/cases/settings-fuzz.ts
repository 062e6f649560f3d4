/** Case E3: PATCH bodies that no real client sends. */
import { inParallel, Tally, type BatteryCase } from "../support/battery-case.js";
import type { Answer } from "../../harness/http.js";
import { patchConfigRaw, readConfig, type SessionConfigBody } from "../support/settings-client.js";

const ALLOWED = new Set([200, 400, 413, 415, 422, 429]);
const BOOLEANS = [
  "allow_persistent_sessions",
  "unlimited_sessions_per_user",
  "use_inactivity_based_logout",
  "track_session_location",
] as const;
const FIELDS = [...BOOLEANS, "session_minutes"] as const;

/** Values as text, because JSON.stringify would change some of them. */
const VALUES = [
  ...[
    "true",
    "false",
    "null",
    '"true"',
    '"15"',
    '""',
    '"\\u0000"',
    "{}",
    "[]",
    "[15]",
    "[[[[]]]]",
    '{"a":{"b":1}}',
  ],
  ...["0", "-0", "4", "5", "5.0", "5.5", "14", "15", "30", "1440", "1441", "43200", "43201", "-1", "-30"],
  ...["1e309", "-1e309", "1e2", "3e1", "3.0000000000000001e1", "1E-400", "9007199254740993", "0.1e2", "1e-7"],
];
const MALFORMED = ["NaN", "Infinity", "undefined", "'15'", "0x1e", "015", "+30", "1_000", "30n", ".5", "5."];

interface FuzzBody {
  readonly text: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** Fields that a 422 must name; `undefined` if the body does not test this. */
  readonly badFields?: readonly string[];
}

const JSON_TYPE = { "content-type": "application/json" };
const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T;

function isValid(field: string, value: unknown): boolean {
  if (field !== "session_minutes") return typeof value === "boolean";
  return typeof value === "number" && Number.isInteger(value) && value >= 5 && value <= 43_200;
}

const isKnown = (field: string): boolean => (FIELDS as readonly string[]).includes(field);

/** An object of known and unknown fields with any values, some of them twice. */
function anyObject(): FuzzBody {
  const names = [
    ...FIELDS,
    "can",
    "id",
    "__proto__",
    "constructor",
    "session_minutes ",
    "SESSION_MINUTES",
    "",
  ];
  const pairs = Array.from(
    { length: Math.floor(Math.random() * 6) },
    () => `${JSON.stringify(pick(names))}:${pick(VALUES)}`,
  );
  const text = `{${pairs.join(",")}}`;
  const read = JSON.parse(text) as Record<string, unknown>;
  const badFields = Object.keys(read).filter((field) => isKnown(field) && !isValid(field, read[field]));
  return { text, headers: JSON_TYPE, badFields };
}

/** Returns text that is not JSON, not an object, or too long. */
function anyText(): FuzzBody {
  const texts = [
    `{"session_minutes":${pick(MALFORMED)}}`,
    pick(VALUES),
    "",
    " ",
    "{",
    '{"session_minutes":30',
    '{"session_minutes":30}}',
    '{"session_minutes":30,}',
    `${"[".repeat(5_000)}${"]".repeat(5_000)}`,
    `{"can":${'{"a":'.repeat(1_000)}1${"}".repeat(1_000)}}`,
    `{"session_minutes":30,"x":"${"x".repeat(Math.random() < 0.1 ? 1_000_000 : 20_000)}"}`,
    '\ufeff{"session_minutes":30}',
    Buffer.from('{"session_minutes":30}', "utf16le"),
    Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  ];
  return { text: pick(texts), headers: JSON_TYPE };
}

/** Returns a good body with headers that change its meaning. */
function anyHeaders(): FuzzBody {
  const headers = [
    { "content-type": "text/plain" },
    { "content-type": "application/x-www-form-urlencoded" },
    { "content-type": "multipart/form-data; boundary=x" },
    { "content-type": "application/json; charset=nonsense" },
    { "content-type": "application/json; charset=utf-16" },
    { "content-type": "application/jsonp" },
    { "content-type": "application/json-patch+json" },
    { "content-type": "json" },
    { "content-type": ";;;" },
    { ...JSON_TYPE, "content-encoding": "gzip" },
    { ...JSON_TYPE, "content-encoding": "nonsense" },
  ];
  return { text: '{"session_minutes":30}', headers: pick<Record<string, string>>(headers) };
}

function anyBody(): FuzzBody {
  const dice = Math.random();
  if (dice < 0.7) return anyObject();
  return dice < 0.9 ? anyText() : anyHeaders();
}

/** Returns true if the rules allow these settings to be stored. */
function isConsistent(config: SessionConfigBody): boolean {
  if (!FIELDS.every((field) => isValid(field, config[field]))) return false;
  const { use_inactivity_based_logout: isOn, session_minutes: minutes } = config;
  return !isOn || (!config.allow_persistent_sessions && minutes >= 15 && minutes <= 1_440);
}

/** Returns true if the answer fits the body. */
function isRight({ status, json }: Answer, { badFields }: FuzzBody): boolean {
  if (badFields === undefined) return true;
  if (badFields.length === 0) return status === 200;
  const errors = (json["errors"] ?? []) as { field?: string }[];
  const named = errors.map(({ field }) => field).sort();
  return status === 422 && JSON.stringify(named) === JSON.stringify([...badFields].sort());
}

/** E3. */
export const patchFuzz: BatteryCase = {
  id: "E3",
  title: "PATCH with any body",
  passesAt:
    "10,000 bodies: only 200, 400, 413, 415, 422 and 429; stored settings are always valid; a 422 names each field; 0 responses 500",
  async run(stage) {
    const app = await stage.startApp();
    const bodies = stage.count(10_000);
    const statuses = new Map<number, number>();
    const odd: string[] = [];
    let [wrong, inconsistent] = [0, 0];
    await inParallel(bodies, 16, async (index) => {
      const body = anyBody();
      const answer = await patchConfigRaw(app.port(index), body.text, body.headers);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (!ALLOWED.has(answer.status))
        odd.push(`${answer.status} ${body.text.toString().slice(0, 60)} ${JSON.stringify(body.headers)}`);
      if (!isRight(answer, body)) wrong += 1;
      if (answer.status === 200 && !isConsistent(answer.json as unknown as SessionConfigBody))
        inconsistent += 1;
      if (index % 50 === 0 && !isConsistent(await readConfig(app.port(index + 1)))) inconsistent += 1;
    });
    const spread = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} x ${status}`);
    return new Tally()
      .figure("answers", spread.join(", "), statuses.has(200) && statuses.has(422) && statuses.has(400))
      .figure(
        "other answers",
        odd.length === 0 ? 0 : `${odd.length}: ${odd.slice(0, 3).join("; ")}`,
        odd.length === 0,
      )
      .none("422 that do not name each bad field, or good bodies refused", wrong)
      .none("inconsistent settings", inconsistent).outcome;
  },
};
