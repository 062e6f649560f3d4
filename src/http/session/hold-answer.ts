/**
 * An answer that its handler has ended waits here while its session is being stored (rule M18).
 *
 * Nothing has been sent yet, so Node and Express would accept a second answer: a handler may answer twice, throw after its
 * answer, or meet a time-out. The second answer's status and length would go out with the first body, and a client could
 * read the excess as the answer to another request. So a held answer behaves as if it had been sent.
 */
import type { Response } from "express";

/** Takes a change back. */
type Undo = () => void;

/** The methods that throw once Node has sent the headers, and the word of each in Node's message. */
const CHANGES = {
  setHeader: "set",
  setHeaders: "set",
  appendHeader: "append",
  removeHeader: "remove",
  flushHeaders: "write",
  writeHead: "write",
} as const;

/** Holds an ended answer. Returns the function that releases the answer as the handler has left it. */
export function holdAnswer(response: Response): Undo {
  // A late piece of a stream would be sent before the last piece, so it is dropped, as express-session does.
  const undos = [holdMethod(response, "write", () => false)];
  // Headers that have been sent need no hold. A socket server's stand-in for an answer has none.
  if (!response.headersSent && typeof response.getHeaders === "function") {
    undos.push(keepHead(response), keepSocket(response));
    for (const [name, word] of Object.entries(CHANGES))
      undos.push(
        holdMethod(response, name, () => {
          throw alreadySent(word);
        }),
      );
    undos.push(pretendSent(response));
  }
  return () => {
    for (const undo of undos.reverse()) undo();
  };
}

/** Replaces a method until it is released. Middleware may wrap the method meanwhile, and keeps its wrapper. */
function holdMethod(response: Response, name: string, whileHeld: () => unknown): Undo {
  const own = Object.getOwnPropertyDescriptor(response, name);
  const method = Reflect.get(response, name) as (...args: unknown[]) => unknown;
  let isHeld = true;
  const held = function (this: Response, ...args: unknown[]): unknown {
    return isHeld ? whileHeld() : Reflect.apply(method, this, args);
  };
  Object.defineProperty(response, name, { configurable: true, writable: true, value: held });
  return () => {
    isHeld = false;
    if (Reflect.get(response, name) !== held) return;
    if (own) Object.defineProperty(response, name, own);
    else Reflect.deleteProperty(response, name);
  };
}

/** Makes `headersSent` true. */
function pretendSent(response: Response): Undo {
  Object.defineProperty(response, "headersSent", { value: true, configurable: true });
  return () => {
    Reflect.deleteProperty(response, "headersSent");
  };
}

/** Notes status and headers. A handler can assign the status, and change lists of header values, without a method. */
function keepHead(response: Response): Undo {
  const { statusCode, statusMessage } = response;
  const headers = new Map(
    Object.entries(response.getHeaders()).map(([name, value]) => [name, copyOf(value)]),
  );
  return () => {
    Object.assign(response, { statusCode, statusMessage });
    for (const name of response.getHeaderNames()) if (!headers.has(name)) response.removeHeader(name);
    for (const [name, value] of headers)
      if (String(response.getHeader(name)) !== String(value)) response.setHeader(name, value);
  };
}

const copyOf = (value: number | string | string[] = ""): number | string | string[] =>
  Array.isArray(value) ? [...value] : value;

/**
 * Prevents Express from closing the connection. Express does so if a handler throws after its answer, because the answer
 * may be incomplete. A held answer is complete, but has not left yet.
 */
function keepSocket({ req: request }: Response): Undo {
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
