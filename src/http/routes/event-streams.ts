/** `GET /events`: tells a tab at once that its session has ended or that the settings have changed. */
import type { Server } from "node:http";
import type { Request, RequestHandler, Response } from "express";
import { RETRY_AFTER_SECONDS } from "../../errors.js";
import type { EndWatch } from "../../state/ends/end-watch.js";
import type { WatchedEnd } from "../../state/ends/judge-watched.js";
import { estimatedNow } from "../../state/storage.js";
import type { SettingsEvent } from "../../wire.js";
import { describeEnd, forbidStorage, sendProblem } from "../request/answers.js";
import { requireContext, requireCurrent, type RequestContext } from "../request/context.js";

/** Interval of the comments on a silent stream, in milliseconds. Proxies close connections that are silent. */
const COMMENT_EVERY_MS = 25_000;
/** Interval of the checks for due comments and stopped servers, in milliseconds. */
const TICK_MS = 1_000;
/** Most streams of one session in this process. A tab that is not visible holds none. */
const MAX_OF_SESSION = 10;
/** Bounds of the time after which a tab opens a lost stream again. Chance spreads the tabs of a stopped process. */
const RETRY_MS = { least: 1_000, most: 5_000 };

interface Stream {
  readonly ref: string;
  readonly response: Response;
  /** Version of the settings that the tab knows. */
  version: number;
  commentAt: number;
}

/** The event streams that are open in this process. */
export class EventStreams {
  readonly #ends: EndWatch;
  readonly #open = new Set<Stream>();
  readonly #ofSession = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param settleSession - stores a changed session, so that the end of the stream stores nothing */
  constructor(
    ends: EndWatch,
    private readonly settleSession: (context: RequestContext) => Promise<void>,
  ) {
    this.#ends = ends;
  }

  /** Returns the route's handler. @param most - streams that may be open at once */
  answer(most: number): RequestHandler {
    return (request, response, next) => {
      const begin = (): void => {
        const isFull = this.#open.size >= most;
        const isFullOfSession = this.#countOf(requireCurrent(request).ref) >= MAX_OF_SESSION;
        if (this.#isClosed || isFull || isFullOfSession) refuse(response);
        else this.#begin(request, response);
      };
      this.settleSession(requireContext(request)).then(begin).catch(next);
    };
  }

  /** Ends all streams. Later requests are answered 503. */
  close(): void {
    this.#isClosed = true;
    for (const { response } of this.#open) response.end();
    clearInterval(this.#timer);
  }

  #begin(request: Request, response: Response): void {
    const { ref, settingsVersion, context } = requireCurrent(request);
    forbidStorage(response);
    response.setHeader("Content-Type", "text/event-stream");
    response.setHeader("Cache-Control", "no-store, no-transform");
    // Asks nginx and proxies like it not to collect the answer.
    response.setHeader("X-Accel-Buffering", "no");
    // Nothing follows the stream on its connection, for which a stopping server would wait.
    response.shouldKeepAlive = false;
    if (request.method === "HEAD" || response.destroyed) {
      response.end();
      return;
    }
    const version = knownVersion(request) ?? settingsVersion;
    const stream: Stream = { ref, response, version, commentAt: 0 };
    const retryMs = RETRY_MS.least + Math.floor(Math.random() * (RETRY_MS.most - RETRY_MS.least));
    send(stream, `: open\nretry: ${String(retryMs)}\nid: ${settingsId(version)}`);
    tellVersion(stream, settingsVersion);
    this.#add(stream);
    const unwatch = this.#ends.watch(ref, {
      onSettings: (current) => {
        tellVersion(stream, current);
      },
      onEnd: (end) => {
        send(stream, endedEvent(end, estimatedNow(context.storage)));
        response.end();
      },
    });
    response.on("close", () => {
      unwatch();
      this.#remove(stream);
    });
  }

  #countOf(ref: string): number {
    return this.#ofSession.get(ref) ?? 0;
  }

  #add(stream: Stream): void {
    this.#open.add(stream);
    this.#ofSession.set(stream.ref, this.#countOf(stream.ref) + 1);
    this.#timer ??= setInterval(() => {
      this.#tick();
    }, TICK_MS).unref();
  }

  #remove(stream: Stream): void {
    this.#open.delete(stream);
    const left = this.#countOf(stream.ref) - 1;
    if (left > 0) this.#ofSession.set(stream.ref, left);
    else this.#ofSession.delete(stream.ref);
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const now = performance.now();
    for (const stream of this.#open) {
      // server.close() waits for all answers.
      if (isStopping(stream.response)) stream.response.end();
      else if (now >= stream.commentAt) send(stream, ":");
    }
  }
}

function refuse(response: Response): void {
  response.setHeader("Retry-After", String(RETRY_AFTER_SECONDS));
  sendProblem(response, {
    status: 503,
    error: "too_many_streams",
    title: "Too many event streams are open.",
  });
}

/** Writes one block of the stream. */
function send(stream: Stream, block: string): void {
  stream.commentAt = performance.now() + COMMENT_EVERY_MS;
  stream.response.write(`${block}\n\n`);
}

const settingsId = (version: number): string => `settings-${String(version)}`;

/** Returns the version of the settings that the tab has heard on its last stream; `null` on a first stream. */
function knownVersion(request: Request): number | null {
  const [, version] = /^settings-(\d{1,15})$/.exec(request.get("Last-Event-ID") ?? "") ?? [];
  return version === undefined ? null : Number(version);
}

/** Tells the tab of other settings than it knows. */
function tellVersion(stream: Stream, version: number): void {
  if (version === stream.version) return;
  stream.version = version;
  const data: SettingsEvent = { version };
  send(stream, `id: ${settingsId(version)}\nevent: settings\ndata: ${JSON.stringify(data)}`);
}

/** Returns the event of an end. A session ends once, so its ref names the event. */
function endedEvent(end: WatchedEnd, now: number | null): string {
  return `id: ended-${end.ref}\nevent: ended\ndata: ${JSON.stringify(describeEnd(end, now))}`;
}

/** True if the server of the answer accepts no more connections. */
function isStopping({ socket }: Response): boolean {
  return (socket as { readonly server?: Pick<Server, "listening"> } | null)?.server?.listening === false;
}
