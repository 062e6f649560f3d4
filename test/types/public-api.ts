/**
 * Tests of the public types. `npm run typecheck` compiles this file; no program runs the code. Each `@ts-expect-error`
 * fails the check if the next line compiles.
 */
import type { Request } from "express";
import { Server as IoServer } from "socket.io";
import { expectTypeOf } from "vitest";
import { WebSocketServer } from "ws";
import {
  CurfewError,
  type ActiveSession,
  type Curfew,
  type EndReason,
  type ErrorCode,
  type ErrorDetails,
  type DeviceClass,
  type SessionKind,
  type SessionView,
  type SettingsProblem,
} from "../../src/index.js";
import { createCurfew } from "../../src/index.js";
import { auth0Api } from "../../src/dialects/auth0/index.js";
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
  // @ts-expect-error -- a grant names a user and scopes
  auth0Api(curfew, { authorize: () => true });
  // @ts-expect-error -- a token has a user
  void curfew.bearer().issue(req, { scopes: ["read:x"] });
  // @ts-expect-error -- the kind of a token is always api
  void curfew.bearer().issue(req, { userId: "ann", kind: "browser" });
  // @ts-expect-error -- a login needs tokens
  lookerApi(curfew, { authorize: () => true, login: { verifyClient: () => null } });
  // @ts-expect-error -- Looker answers 403 or 404
  lookerApi(curfew, { authorize: () => true, deniedStatus: 401 });
  // @ts-expect-error -- no unit of this name
  createTestClock().advance({ weeks: 1 });
}

/** `curfew.sudo` takes a user and only options that fit a sudo session. */
export function signsInAsAnother(
  curfew: Curfew,
  req: Request,
  { session }: { session: ActiveSession },
): void {
  const endsAt = new Date();
  expectTypeOf(curfew.sudo(req, { userId: "ann", roles: ["user"], endsAt })).toEqualTypeOf<
    ReturnType<Curfew["signIn"]>
  >();
  // @ts-expect-error -- userId is required
  void curfew.sudo(req, {});
  // @ts-expect-error -- a sudo session is never persistent
  void curfew.sudo(req, { userId: "ann", persistent: true });
  // @ts-expect-error -- no authentication of the user is known
  void curfew.sudo(req, { userId: "ann", authenticatedAt: 0 });
  // @ts-expect-error -- a sudo session has no class of devices
  void curfew.sudo(req, { userId: "ann", deviceClass: "phone" });
  // @ts-expect-error -- only curfew.sudo begins a sudo session
  void curfew.signIn(req, { userId: "ann", kind: "sudo" });
  expectTypeOf(session.kind).toEqualTypeOf<SessionKind>();
  expectTypeOf<"sudo">().toExtend<SessionKind>();
  expectTypeOf(session.sudoUserId).toEqualTypeOf<string | null>();
}

/** A class of devices is one of four words, and its limit is a number. */
export function limitsDevices(curfew: Curfew, req: Request, listed: SessionView): void {
  expectTypeOf<DeviceClass>().toEqualTypeOf<"desktop" | "phone" | "tablet" | "other">();
  expectTypeOf(listed.deviceClass).toEqualTypeOf<DeviceClass | null>();
  void curfew.signIn(req, { userId: "ann", deviceClass: "phone" });
  void curfew.settings.update({ maxPhonesPerUser: 1, maxTabletsPerUser: null });
  // @ts-expect-error -- no class of this name
  void curfew.signIn(req, { userId: "ann", deviceClass: "watch" });
  // @ts-expect-error -- a limit is a number
  void curfew.settings.update({ maxPhonesPerUser: "1" });
  // @ts-expect-error -- the fields of the limits name classes in the plural
  void curfew.settings.update({ maxPhonePerUser: 1 });
}

/** `instanceof CurfewError` narrows an unknown error. */
export function narrowsErrors(error: unknown): void {
  if (!(error instanceof CurfewError)) return;
  expectTypeOf(error).toEqualTypeOf<CurfewError>();
  expectTypeOf(error.code).toEqualTypeOf<ErrorCode>();
  expectTypeOf(error.statusCode).toEqualTypeOf<number>();
  // @ts-expect-error -- no error has this code
  use(error.code === "out_of_coffee");
  // @ts-expect-error -- not every code has sessions
  use(error.details.sessions);
}

/** A comparison of `code` narrows `details`. */
export function narrowsDetails(error: CurfewError): void {
  if (error.code === "too_many_sessions") {
    expectTypeOf(error.details.sessions).toEqualTypeOf<readonly SessionView[]>();
    // @ts-expect-error -- these details have no fields
    use(error.details.fields);
  }
  if (error.code === "extension_too_early") expectTypeOf(error.details.opensInMs).toEqualTypeOf<number>();
  if (error.code === "invalid_settings")
    expectTypeOf(error.details.fields).toEqualTypeOf<readonly SettingsProblem[]>();
  if (error.code === "session_ended")
    expectTypeOf(error.details.reason).toEqualTypeOf<EndReason | undefined>();
  if (error.code === "settings_conflict" || error.code === "invalid_option")
    expectTypeOf(error.details).toEqualTypeOf<
      ErrorDetails["settings_conflict"] | ErrorDetails["invalid_option"]
    >();
  if (error.code === "not_signed_in") {
    expectTypeOf(error).toEqualTypeOf<CurfewError<"not_signed_in">>();
    // @ts-expect-error -- this code has no details
    expectTypeOf(error.details.reason).toEqualTypeOf<EndReason>();
  }
}

/** `new CurfewError` takes the details of its code. */
export function createsErrors(): readonly CurfewError[] {
  // @ts-expect-error -- these details are required
  use(new CurfewError("settings_conflict", "Changed."));
  // @ts-expect-error -- version is a number
  use(new CurfewError("settings_conflict", "Changed.", { version: "2" }));
  // @ts-expect-error -- no detail of this name
  use(new CurfewError("not_signed_in", "Sign in.", { reason: "idle" }));
  class Own extends CurfewError<"not_signed_in"> {}
  expectTypeOf(new Own("not_signed_in", "Sign in.").code).toEqualTypeOf<"not_signed_in">();
  return [
    new CurfewError("settings_conflict", "Changed.", { version: 2 }),
    new CurfewError("session_ended", "Ended."),
    new CurfewError("session_ended", "Ended.", { reason: "idle" }),
    new CurfewError("not_signed_in", "Sign in.", {}, { cause: new Error("why") }),
  ];
}

/** `closeSockets` takes the servers of both libraries. */
export function closesSockets(curfew: Curfew): void {
  curfew.closeSockets(new IoServer());
  curfew.closeSockets(new WebSocketServer({ noServer: true }));
  // @ts-expect-error -- no socket server
  curfew.closeSockets({});
}
