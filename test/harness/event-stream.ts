/** A tab's event stream, read as a browser reads it. */
import { onTestFinished } from "vitest";
import { FETCH_HEADERS } from "../../src/testing/index.js";

/** One event of a stream. */
export interface StreamEvent {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
}

/** An open stream. */
export interface EventStream {
  readonly status: number;
  readonly headers: Headers;
  /** Text that has arrived. */
  readonly text: string;
  /** Resolves with the next event that no earlier call returned. @throws Error if the stream ends without it */
  next(): Promise<StreamEvent>;
  /** Resolves once the server has ended the stream. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Opens the stream of a session, and waits for its first bytes. It is closed with the test. */
export async function openStream(
  url: string,
  cookie: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventStream> {
  const stopping = new AbortController();
  const {
    status,
    headers: received,
    body,
  } = await fetch(`${url}/curfew/events`, {
    headers: { ...FETCH_HEADERS, Accept: "text/event-stream", Cookie: cookie, ...headers },
    signal: stopping.signal,
  });
  onTestFinished(() => {
    stopping.abort();
  });
  let text = "";
  let taken = 0;
  let isOver = false;
  let wake = (): void => undefined;
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      wake();
    }
  };
  const ended = read()
    .catch(() => undefined)
    .then(() => {
      isOver = true;
      wake();
    });
  const next = async (): Promise<StreamEvent> => {
    for (;;) {
      const event = eventsIn(text)[taken];
      if (event) {
        taken += 1;
        return event;
      }
      if (isOver) throw new Error(`the stream has ended: ${text}`);
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const isOpen = (): boolean => text !== "" || isOver;
  while (!isOpen()) await new Promise<void>((resolve) => (wake = resolve));
  return {
    status,
    headers: received,
    get text() {
      return text;
    },
    next,
    ended,
    close: () => {
      stopping.abort();
    },
  };
}

function eventsIn(text: string): StreamEvent[] {
  const blocks = text.split("\n\n").slice(0, -1);
  return blocks.flatMap((block) => {
    const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
    const name = field("event");
    if (name === undefined) return [];
    return [{ id: field("id") ?? "", name, data: JSON.parse(field("data") ?? "null") as unknown }];
  });
}
