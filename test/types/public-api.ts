/**
 * Tests of the public types. `npm run typecheck` compiles this file; no program runs the code. Each `@ts-expect-error`
 * fails the check if the next line compiles.
 */
import type { Request } from "express";
import { expectTypeOf } from "vitest";
import {
  CurfewError,
  type ActiveSession,
  type Curfew,
  type EndReason,
  type ErrorCode,
} from "../../src/index.js";
import { createCurfew } from "../../src/index.js";
import { lookerApi } from "../../src/dialects/looker/index.js";
import { createTestClock } from "../../src/testing/index.js";

/** Reads the value. */
const use = (value: unknown): unknown => value;

/** `req.curfew` narrows by its state. */
export function narrows(req: Request): void {
  expectTypeOf(req.curfew.state).toEqualTypeOf<"active" | "anonymous" | "ended">();
  // @ts-expect-error -- only a signed-in request has a session
  use(req.curfew.session);
  // @ts-expect-error -- only an ended session has a reason
  use(req.curfew.reason);
  if (req.curfew.state === "active") {
    const { session } = req.curfew;
    expectTypeOf(session).toEqualTypeOf<ActiveSession>();
    // @ts-expect-error -- the session is read-only
    session.userId = "eve";
  } else if (req.curfew.state === "ended") {
    expectTypeOf(req.curfew.reason).toEqualTypeOf<EndReason>();
    // @ts-expect-error -- an ended session has no remaining time
    use(req.curfew.remainingMs);
  } else {
    // @ts-expect-error -- an anonymous request has no user
    use(req.curfew.session);
  }
}

/** Wrong options do not compile. */
export function refusesOptions(curfew: Curfew, req: Request): void {
  // @ts-expect-error -- redis is required
  createCurfew({});
  // @ts-expect-error -- redis is no number
  createCurfew({ redis: 6379 });
  // @ts-expect-error -- unknown option
  createCurfew({ redis: "redis://127.0.0.1", sessionMinutes: 30 });
  // @ts-expect-error -- secret is required
  curfew.session({});
  // @ts-expect-error -- userId is required
  void curfew.signIn(req, {});
  // @ts-expect-error -- a user's id is a string
  void curfew.signIn(req, { userId: 7 });
  // @ts-expect-error -- no setting of this name
  void curfew.settings.update({ minutes: 30 });
  // @ts-expect-error -- minutes are a number
  void curfew.settings.update({ sessionMinutes: "30" });
  // @ts-expect-error -- authorize is required
  lookerApi(curfew, {});
  // @ts-expect-error -- Looker answers 403 or 404
  lookerApi(curfew, { authorize: () => true, deniedStatus: 401 });
  // @ts-expect-error -- no unit of this name
  createTestClock().advance({ weeks: 1 });
}

/** `instanceof CurfewError` narrows an unknown error. */
export function narrowsErrors(error: unknown): void {
  if (!(error instanceof CurfewError)) return;
  expectTypeOf(error.code).toEqualTypeOf<ErrorCode>();
  // @ts-expect-error -- no error has this code
  use(error.code === "out_of_coffee");
}
