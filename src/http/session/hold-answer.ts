import type { Response } from "express";

type WriteHead = (this: Response, ...args: unknown[]) => Response;

/** The methods that throw once Node has sent the headers, and the word of each in Node's message. */
const CHANGES = {
  setHeader: "set",
  setHeaders: "set",
  appendHeader: "append",
  removeHeader: "remove",
  flushHeaders: "write",
} as const;

/**
 * Keeps an ended answer unchanged while its session is being stored. Nothing has been sent yet, so Node and
 * Express
 * would still accept a second answer. A handler may answer twice, throw after its answer, or meet a time-out.
 * The
 * second answer's status and length would go out with the first body. A client could read the excess as the
 * answer
 * to another request. So the answer counts as sent, as with express-session, and a second answer throws (rule
 * M18).
 *
 * @returns a function that releases the answer unchanged; `null` if there is nothing to keep
 */
export function holdAnswer(response: Response): (() => void) | null {
  // Sent, or a stand-in of a socket server's.
  if (response.headersSent || typeof response.getHeaders !== "function") return null;
  const { statusCode, statusMessage } = response;
  const writeHead = Reflect.get(response, "writeHead") as WriteHead;
  const headers = headersOf(response);
  let isHeld = true;
  const held: WriteHead = function (...args) {
    if (isHeld) throw alreadySent("write");
    return writeHead.apply(this, args);
  };
  Object.assign(response, { writeHead: held });
  const letChange = refuseChanges(response);
  const letDestroy = keepSocket(response);
  Object.defineProperty(response, "headersSent", { value: true, configurable: true });

  return () => {
    isHeld = false;
    letChange();
    letDestroy();
    // Other middleware may have added a wrapper in front.
    if (Reflect.get(response, "writeHead") === held) Object.assign(response, { writeHead });
    Reflect.deleteProperty(response, "headersSent");
    Object.assign(response, { statusCode, statusMessage });
    for (const name of response.getHeaderNames()) if (!headers.has(name)) response.removeHeader(name);
    for (const [name, value] of headers)
      if (String(response.getHeader(name)) !== String(value)) response.setHeader(name, value);
  };
}

/**
 * Drops writes after the end while the session is being stored, as express-session does. Without this, a
 * late piece of a stream would be sent before the last piece (rule M18).
 *
 * @returns a function that lets Node answer later writes again
 */
export function holdWrites(response: Response): () => void {
  const write = Reflect.get(response, "write") as unknown;
  let isHeld = true;
  const held = function (this: Response, ...args: unknown[]): boolean {
    return isHeld ? false : (Reflect.apply(write as () => boolean, this, args) as boolean);
  };
  Object.assign(response, { write: held });
  return () => {
    isHeld = false;
    if (Reflect.get(response, "write") === held) Object.assign(response, { write });
  };
}

/** Makes each change of the headers throw, as Node does once they are sent. Returns a function that allows changes again. */
function refuseChanges(response: Response): () => void {
  const names = Object.keys(CHANGES) as (keyof typeof CHANGES)[];
  const own = names.map((name) => [name, Object.getOwnPropertyDescriptor(response, name)] as const);
  for (const name of names)
    Object.defineProperty(response, name, {
      configurable: true,
      writable: true,
      value: () => {
        throw alreadySent(CHANGES[name]);
      },
    });
  return () => {
    for (const [name, descriptor] of own)
      if (descriptor) Object.defineProperty(response, name, descriptor);
      else Reflect.deleteProperty(response, name);
  };
}

/**
 * Prevents Express from closing the connection. Express does so if a handler throws after its answer, because
 * the
 * answer may be incomplete. A held answer is complete, but has not left yet.
 */
function keepSocket({ req: request }: Response): () => void {
  const { socket } = request;
  const shield = new Proxy(socket, {
    get: (target, name) =>
      name === "destroy" ? () => target : (Reflect.get(target, name, target) as unknown),
  });
  request.socket = shield;
  return () => {
    if (request.socket === shield) request.socket = socket;
  };
}

/** Returns the error in Node's words. */
function alreadySent(change: string): Error {
  return Object.assign(new Error(`Cannot ${change} headers after they are sent to the client`), {
    code: "ERR_HTTP_HEADERS_SENT",
  });
}

/** Returns the headers, with names in lower case. A value that is appended to a list later is not included. */
function headersOf(response: Response): Map<string, number | string | string[]> {
  const headers = Object.entries(response.getHeaders());
  return new Map(headers.map(([name, value = ""]) => [name, Array.isArray(value) ? [...value] : value]));
}
