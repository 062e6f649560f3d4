/** The transitions of the settings (rules I1 to I11, Q1 to Q4), written by hand from the rules. */

/** allow_persistent_sessions, session_minutes, use_inactivity_based_logout. */
export type StateText = string;

/** One PATCH. */
export interface Transition {
  readonly before: StateText;
  readonly body: Readonly<Record<string, unknown>>;
  readonly status: 200 | 422;
  readonly after: StateText;
}

type ShortBody = Readonly<{ p?: unknown; m?: unknown; i?: unknown }>;

const FIELD_OF = {
  p: "allow_persistent_sessions",
  m: "session_minutes",
  i: "use_inactivity_based_logout",
} as const;

function to(before: StateText, short: ShortBody, status: 200 | 422, after: StateText): Transition {
  const entries = Object.entries(short).map(([name, value]) => [FIELD_OF[name as keyof ShortBody], value]);
  return { before, body: Object.fromEntries(entries) as Record<string, unknown>, status, after };
}

/** All transitions. */
export const TRANSITIONS: readonly Transition[] = [
  // Turned on without a duration: one day, regardless of the earlier duration.
  to("t,30,f", { i: true }, 200, "f,1440,t"),
  to("f,30,f", { i: true }, 200, "f,1440,t"),
  to("t,300,f", { i: true }, 200, "f,1440,t"),
  to("t,5,f", { i: true }, 200, "f,1440,t"),
  to("t,43200,f", { i: true }, 200, "f,1440,t"),
  // Turned on with a duration: kept from 15 to 1,440.
  to("t,30,f", { i: true, m: 300 }, 200, "f,300,t"),
  to("t,30,f", { m: 300, i: true }, 200, "f,300,t"),
  to("t,30,f", { i: true, m: 15 }, 200, "f,15,t"),
  to("t,30,f", { i: true, m: 1_440 }, 200, "f,1440,t"),
  to("t,30,f", { i: true, m: 14 }, 200, "f,1440,t"),
  to("t,30,f", { i: true, m: 5 }, 200, "f,1440,t"),
  to("t,30,f", { i: true, m: 1_441 }, 200, "f,1440,t"),
  to("t,30,f", { i: true, m: 43_200 }, 200, "f,1440,t"),
  to("t,30,f", { i: true, p: true }, 200, "f,1440,t"),
  to("t,30,f", { i: true, p: true, m: 60 }, 200, "f,60,t"),
  to("t,30,f", { i: true, p: false, m: 16 }, 200, "f,16,t"),
  // Outside the API's range it is refused, on or off.
  to("t,30,f", { i: true, m: 4 }, 422, "t,30,f"),
  to("t,30,f", { i: true, m: 43_201 }, 422, "t,30,f"),
  to("f,300,t", { m: 3 }, 422, "f,300,t"),
  to("f,300,t", { m: 0 }, 422, "f,300,t"),
  // While on.
  to("f,300,t", { m: 10 }, 200, "f,1440,t"),
  to("f,300,t", { m: 14 }, 200, "f,1440,t"),
  to("f,300,t", { m: 15 }, 200, "f,15,t"),
  to("f,300,t", { m: 1_440 }, 200, "f,1440,t"),
  to("f,300,t", { m: 1_441 }, 200, "f,1440,t"),
  to("f,300,t", { m: 43_200 }, 200, "f,1440,t"),
  to("f,300,t", { m: 600 }, 200, "f,600,t"),
  to("f,300,t", { p: true }, 200, "f,300,t"),
  to("f,300,t", { p: true, m: 20 }, 200, "f,20,t"),
  to("f,300,t", { i: true }, 200, "f,300,t"),
  to("f,300,t", { i: true, p: true }, 200, "f,300,t"),
  to("f,300,t", {}, 200, "f,300,t"),
  // Turned off: no replaced value returns.
  to("f,300,t", { i: false }, 200, "f,300,f"),
  to("f,1440,t", { i: false }, 200, "f,1440,f"),
  to("f,300,t", { i: false, m: 10, p: true }, 200, "t,10,f"),
  to("f,300,t", { p: true, i: false }, 200, "t,300,f"),
  to("f,300,t", { i: false, m: 43_200 }, 200, "f,43200,f"),
  // Off before and after.
  to("t,30,f", { m: 5 }, 200, "t,5,f"),
  to("t,30,f", { m: 43_200 }, 200, "t,43200,f"),
  to("t,30,f", { p: false }, 200, "f,30,f"),
  to("t,30,f", { i: false }, 200, "t,30,f"),
  // Wrong types change nothing.
  to("t,30,f", { m: "30" }, 422, "t,30,f"),
  to("t,30,f", { m: 30.5, i: true }, 422, "t,30,f"),
  to("t,30,f", { m: null }, 422, "t,30,f"),
  to("f,300,t", { i: null, m: 20 }, 422, "f,300,t"),
];
