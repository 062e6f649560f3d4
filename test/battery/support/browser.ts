/** A cookie jar with HTTP. It has only the parts of a browser that races need, so thousands of them are cheap. */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";

/** All browsers share one agent, which keeps connections and opens as many as it needs. */
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

/** An answer with its whole body. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Body as JSON; an empty object if the body is not JSON. */
  readonly json: Record<string, unknown>;
}

/** Contents of a request. */
export interface SendOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Body that is sent as JSON. */
  readonly body?: unknown;
  /** Body that is sent unchanged. Give its content type in `headers`. */
  readonly rawBody?: string | Buffer;
}

/** Asks an app to do something that a case relies on. @throws Error unless the app confirms it */
export async function tell(port: number, path: string, body: unknown): Promise<void> {
  const { status, text } = await send(port, path, { body });
  if (status !== 200) throw new Error(`${path} answered ${String(status)}: ${text}`);
}

/** Sends one request to an app on 127.0.0.1. */
export function send(port: number, path: string, options: SendOptions = {}): Promise<Answer> {
  const { body, rawBody, headers = {} } = options;
  const payload = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  const method = options.method ?? (payload === undefined ? "GET" : "POST");
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      agent,
      host: "127.0.0.1",
      port,
      path,
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(payload === undefined ? {} : { "content-length": Buffer.byteLength(payload) }),
        ...headers,
      },
    });
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const { statusCode = 0, headers: received } = incoming;
        resolve({
          status: statusCode,
          headers: received,
          text,
          get json() {
            return parseObject(text);
          },
        });
      });
    });
    outgoing.end(payload);
  });
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Name of the session cookie over plain HTTP. */
export const SESSION_COOKIE = "curfew.sid";

/** One user's browser. It keeps cookies and ignores their dates. */
export class Browser {
  readonly cookies = new Map<string, string>();

  /** Returns a browser with a copy of this browser's cookies. */
  clone(): Browser {
    const copy = new Browser();
    for (const [name, value] of this.cookies) copy.cookies.set(name, value);
    return copy;
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  async send(port: number, path: string, options: SendOptions = {}): Promise<Answer> {
    const cookies = this.cookies.size === 0 ? {} : { cookie: this.cookieHeader };
    const answer = await send(port, path, { ...options, headers: { ...cookies, ...options.headers } });
    for (const line of answer.headers["set-cookie"] ?? []) {
      const [pair = ""] = line.split(";", 1);
      const at = pair.indexOf("=");
      this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  }

  get(port: number, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send(port, path, { headers });
  }

  post(port: number, path: string, body: unknown = {}): Promise<Answer> {
    return this.send(port, path, { body });
  }

  /** Signs in. `evicts` is for the naive app, which has no settings. */
  signIn(port: number, user: string, more: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    return this.post(port, "/login", { user, evicts: true, ...more });
  }
}

/** Closes all kept connections. */
export function closeConnections(): void {
  agent.destroy();
}
