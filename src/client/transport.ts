import type { EndedAnswer, Status } from "../wire.js";
import type { Answer, Call } from "./ports.js";

const TIMEOUT_MS = 8_000;

/** Members of an answer's JSON. Other servers in between may answer anything. */
interface Json extends Partial<Status>, Partial<Omit<EndedAnswer, "error">> {
  readonly error?: string;
}

/** Calls the routes below `base`. Never rejects. */
export function createTransport(base: string): (call: Call) => Promise<Answer> {
  return async ({ path, body, keepalive = false }) => {
    try {
      const response = await fetch(base + path, {
        method: body ? "POST" : "GET",
        headers: { accept: "application/json", "content-type": "application/json" },
        body: JSON.stringify(body),
        // A redirect leads to a page, such as a proxy's login. It says nothing about the session.
        redirect: "manual",
        keepalive,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return read(body, response, response.status === 204 ? {} : ((await response.json()) as Json));
    } catch {
      return { kind: "unknown" };
    }
  };
}

function read(body: unknown, { status: code, headers }: Response, json: Json): Answer {
  const { error = "" } = json;
  if (code === 204) return { kind: "done" };
  if (code === 200 && json.state === "active") return { kind: "alive", status: json as Status };
  // Without a session the answer has no reason.
  if (code === 401 && /^(session_ended|not_signed_in)$/.test(error))
    return { kind: "ended", ended: { reason: "signed_out", loginUrl: "/login", ...json } };
  // A GET only asks. Its refusal leaves the question open, so the next one waits.
  if (error && body && (code === 403 || code === 409 || code === 429)) return { kind: "refused", error };
  return { kind: "unknown", retryAfterMs: 1_000 * (Number(headers.get("retry-after")) || 0) };
}
