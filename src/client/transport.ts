import type { EndedAnswer, Status } from "../wire.js";
import type { Answer, Call } from "./ports.js";

const TIMEOUT_MS = 8_000;

/** Members of an answer's JSON. Other servers in between may answer anything. */
interface Json extends Partial<Status>, Partial<Omit<EndedAnswer, "error">> {
  readonly error?: string;
  readonly triesLeft?: number;
}

/** Calls the routes below `base`. Never rejects. */
export function createTransport(base: string): (call: Call) => Promise<Answer> {
  return async ({ path, body, keepalive = false }) => {
    const isPost = body !== undefined;
    try {
      const response = await fetch(base + path, {
        method: isPost ? "POST" : "GET",
        headers: { accept: "application/json", ...(isPost && { "content-type": "application/json" }) },
        ...(isPost && { body: JSON.stringify(body) }),
        cache: "no-store",
        credentials: "same-origin",
        // A redirect leads to a page, such as a proxy's login. It says nothing about the session.
        redirect: "manual",
        keepalive,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return read(response, response.status === 204 ? {} : ((await response.json()) as Json));
    } catch {
      return { kind: "unknown" };
    }
  };
}

function read({ status: code, headers }: Response, json: Json): Answer {
  const { error, triesLeft, loginUrl = "/login" } = json;
  if (code === 204) return { kind: "done" };
  if (code === 200 && json.state === "active") return { kind: "alive", status: json as Status };
  if (code === 401 && error === "session_ended") return { kind: "ended", ended: json as EndedAnswer };
  if (code === 401 && error === "not_signed_in") return { kind: "anonymous", loginUrl };
  if (error && (code === 403 || code === 409 || code === 429))
    return { kind: "refused", error, ...(triesLeft !== undefined && { triesLeft }) };
  return { kind: "unknown", retryAfterMs: 1_000 * (Number(headers.get("retry-after")) || 0) };
}
