import type { Response } from "express";

type WriteHead = (this: Response, ...args: unknown[]) => Response;

/**
 * Keeps an answer as it has been ended while its session is being stored. Nothing has been sent yet, so to Node and
 * Express it could still be another: one that comes after it (a handler that answers twice, or throws having answered;
 * a time-out) would send its own status and length with the first one's body, and what is too long of that be read as
 * the answer to somebody else's request. So it counts as sent, as it would with express-session.
 *
 * @returns lets it go, as it was; `null` if there is nothing to keep
 */
export function holdAnswer(response: Response): (() => void) | null {
  // Sent, or a stand-in of a socket server's.
  if (response.headersSent || typeof response.getHeaders !== "function") return null;
  const { statusCode, statusMessage } = response;
  const writeHead = Reflect.get(response, "writeHead") as WriteHead;
  const headers = headersOf(response);
  let isHeld = true;
  const held: WriteHead = function (...args) {
    if (isHeld) throw alreadyEnded();
    return writeHead.apply(this, args);
  };
  Object.assign(response, { writeHead: held });
  Object.defineProperty(response, "headersSent", { value: true, configurable: true });

  return () => {
    isHeld = false;
    // Others may have put theirs in front of it.
    if (Reflect.get(response, "writeHead") === held) Object.assign(response, { writeHead });
    Reflect.deleteProperty(response, "headersSent");
    Object.assign(response, { statusCode, statusMessage });
    for (const name of response.getHeaderNames()) if (!headers.has(name)) response.removeHeader(name);
    for (const [name, value] of headers)
      if (String(response.getHeader(name)) !== String(value)) response.setHeader(name, value);
  };
}

/** As Node says it. */
function alreadyEnded(): Error {
  return Object.assign(new Error("Cannot write headers after the answer has been ended"), {
    code: "ERR_HTTP_HEADERS_SENT",
  });
}

/** Names in lower case. What is appended to a list later is not in these. */
function headersOf(response: Response): Map<string, number | string | string[]> {
  const headers = Object.entries(response.getHeaders());
  return new Map(headers.map(([name, value = ""]) => [name, Array.isArray(value) ? [...value] : value]));
}
