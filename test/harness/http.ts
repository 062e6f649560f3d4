/** Sends single requests to an app on 127.0.0.1. It imports no test runner, because the battery has none. */
import { Agent, request as httpRequest, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** All requests share one agent, which keeps connections and opens as many as it needs. */
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

/** An app: its listening server, or the server's port in another process. */
export type Target = Server | number;

/** Contents of a request. */
export interface SendOptions {
  /** @default "POST" with a body, else "GET" */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Body that is sent as JSON. */
  readonly body?: unknown;
  /** Fields that are sent as a form. */
  readonly form?: object;
  /** Body that is sent unchanged. Give its content type in `headers`. */
  readonly rawBody?: string | Buffer;
}

/** An answer with its whole body. */
export class Answer {
  constructor(
    readonly status: number,
    readonly statusMessage: string,
    readonly headers: IncomingHttpHeaders,
    readonly text: string,
  ) {}

  /** Returns a header; `undefined` if the answer has none of this name. */
  get(name: string): string | undefined {
    return this.headers[name.toLowerCase()]?.toString();
  }

  /** Media type, without parameters. */
  get type(): string {
    return this.headers["content-type"]?.split(";", 1)[0] ?? "";
  }

  /** Body as JSON; an empty object if the body is not JSON. */
  get body(): unknown {
    try {
      return JSON.parse(this.text) as unknown;
    } catch {
      return {};
    }
  }

  /** Body as an object of JSON; empty if the body is anything else. */
  get json(): Record<string, unknown> {
    const { body } = this;
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  }
}

/** Returns the port of an app. @throws Error if the server does not listen */
export function portOf(target: Target): number {
  if (typeof target === "number") return target;
  const address = target.address() as AddressInfo | null;
  if (address === null) throw new Error("the server does not listen");
  return address.port;
}

/** Sends one request. Follows no redirect. */
export function send(target: Target, path: string, options: SendOptions = {}): Promise<Answer> {
  const { type, payload } = payloadOf(options);
  const method = options.method ?? (payload === undefined ? "GET" : "POST");
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      agent,
      host: "127.0.0.1",
      port: portOf(target),
      path,
      method,
      headers: {
        ...(type === undefined ? {} : { "content-type": type }),
        ...(payload === undefined ? {} : { "content-length": Buffer.byteLength(payload) }),
        ...options.headers,
      },
    });
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const { statusCode = 0, statusMessage = "", headers } = incoming;
        resolve(new Answer(statusCode, statusMessage, headers, Buffer.concat(chunks).toString()));
      });
    });
    outgoing.end(payload);
  });
}

function payloadOf({ body, form, rawBody }: SendOptions): {
  readonly type?: string;
  readonly payload?: string | Buffer;
} {
  if (rawBody !== undefined) return { payload: rawBody };
  if (form !== undefined) return { type: "application/x-www-form-urlencoded", payload: encodeForm(form) };
  return body === undefined ? {} : { type: "application/json", payload: JSON.stringify(body) };
}

/** Encodes fields as a browser does. A field that is `undefined` is left out. */
function encodeForm(form: object): string {
  const pairs = Object.entries(form).filter(([, value]) => value !== undefined);
  return new URLSearchParams(
    pairs.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
}

/** Asks an app to do something that a test relies on. @throws Error unless the app confirms it */
export async function tell(target: Target, path: string, body: unknown): Promise<void> {
  const { status, text } = await send(target, path, { body });
  if (status !== 200) throw new Error(`${path} answered ${String(status)}: ${text}`);
}

/** Closes all kept connections. */
export function closeConnections(): void {
  agent.destroy();
}

/** Returns all `Set-Cookie` lines of an answer. */
export function setCookiesOf({ headers }: { readonly headers: unknown }): string[] {
  return (headers as IncomingHttpHeaders)["set-cookie"] ?? [];
}
