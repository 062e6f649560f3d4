import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { SignInSpec } from "./messages.js";
import { statusOfWhole } from "./offered-load.js";

const CONNECTIONS_OF_ORIGIN = 16;
/** A busy machine may answer 503 for a moment; more of these in a row are an error. */
const MOST_TRIES = 5;
const PAUSE_MS = 500;

/** Signs in many times, several at once. Returns `Cookie` headers. @throws if an app refuses a sign-in */
export async function signIn(spec: SignInSpec): Promise<readonly string[]> {
  const cookies: string[] = [];
  let next = 0;
  const work = async (origin: URL): Promise<void> => {
    const socket = await open(origin);
    const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<string, undefined>;
    try {
      while (next < spec.count) {
        const index = next;
        next += 1;
        const answer = await ask(socket, chunks, requestOf(spec, index, origin));
        if (isKept(spec, index)) cookies.push(cookieOf(answer));
      }
    } finally {
      socket.destroy();
    }
  };
  const origins = spec.origins.map((origin) => new URL(origin));
  await Promise.all(
    origins.flatMap((origin) => Array.from({ length: CONNECTIONS_OF_ORIGIN }, () => work(origin))),
  );
  return cookies;
}

function requestOf({ kind, user, isOneUser, first }: SignInSpec, index: number, { host }: URL): string {
  const path = `/sign-in/${user}${isOneUser ? "" : String(first + index)}?kind=${kind}`;
  return `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 0\r\n\r\n`;
}

/** Returns true if a sign-in's cookie is kept: a sample of the last sign-ins. */
function isKept({ count, keep }: SignInSpec, index: number): boolean {
  const fromEnd = count - 1 - index;
  if (keep.cookies === 0 || fromEnd >= keep.last) return false;
  return fromEnd % Math.max(1, Math.floor(keep.last / keep.cookies)) === 0;
}

/** Returns the `Cookie` header for the cookies that an answer sets. */
export function cookieOf(answer: string): string {
  const lines = [...answer.matchAll(/\r\nset-cookie: *([^;\r]+)/gi)];
  return lines.map(([, pair]) => pair).join("; ");
}

async function open({ hostname, port }: URL): Promise<Socket> {
  const socket = connect(Number(port), hostname).setNoDelay(true).setEncoding("latin1");
  await once(socket, "connect");
  return socket;
}

/** Sends one request, again after a 503, and returns its whole answer. @throws unless it is 200 */
async function ask(
  socket: Socket,
  chunks: AsyncIterator<string, undefined>,
  request: string,
): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    socket.write(request);
    let answer = "";
    while (statusOfWhole(answer) === null) {
      const { value, done } = await chunks.next();
      if (done === true) throw new Error("Signing in: the app closed the connection.");
      answer += value;
    }
    const status = statusOfWhole(answer);
    if (status === 200) return answer;
    if (status !== 503 || tries === MOST_TRIES) throw new Error(`Signing in: expected 200, got ${answer}`);
    await pause(PAUSE_MS);
  }
}
