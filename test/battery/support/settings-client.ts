/** The settings API, as an administrator's program uses it. */
import { send, type Answer } from "../../harness/http.js";
import { ADMIN_KEY } from "./guarded-app.js";

/** Path of the settings API. */
export const CONFIG_PATH = "/api/4.0/session_config";

/** The five settings, as the API shows them. */
export interface SessionConfigBody {
  readonly allow_persistent_sessions: boolean;
  readonly session_minutes: number;
  readonly unlimited_sessions_per_user: boolean;
  readonly use_inactivity_based_logout: boolean;
  readonly track_session_location: boolean;
}

/** Changes settings. */
export const patchConfig = (
  port: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> =>
  send(port, CONFIG_PATH, { method: "PATCH", body, headers: { authorization: ADMIN_KEY, ...headers } });

/** Changes settings with any body, also with a body that is not JSON. */
export const patchConfigRaw = (
  port: number,
  rawBody: string | Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> =>
  send(port, CONFIG_PATH, { method: "PATCH", rawBody, headers: { authorization: ADMIN_KEY, ...headers } });

/** Reads the settings. */
export async function readConfig(port: number): Promise<SessionConfigBody> {
  const { json } = await send(port, CONFIG_PATH, { headers: { authorization: ADMIN_KEY } });
  return json as unknown as SessionConfigBody;
}

/** An app's logs and events since the last question. */
export interface Heard {
  readonly events: readonly { readonly name: string; readonly event: Record<string, unknown> }[];
  readonly lines: readonly string[];
}

/** Returns the app's logs and events since the last question. */
export async function hear(port: number): Promise<Heard> {
  return (await send(port, "/control/heard")).json as unknown as Heard;
}

/** Returns the number of warnings of a code since the last question. */
export async function warningsOf(port: number, code: string | RegExp): Promise<number> {
  const { events } = await hear(port);
  return events.filter(
    ({ name, event }) => name === "warning" && new RegExp(code).test(String(event["code"])),
  ).length;
}
