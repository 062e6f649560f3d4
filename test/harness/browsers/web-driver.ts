/** A client of W3C WebDriver: commands over HTTP, one at a time. */
import { CALL_WITHIN_MS } from "./within.js";

/** The name under which WebDriver sends references to elements. */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** An element of a page, as WebDriver refers to it. */
export interface ElementReference {
  readonly [ELEMENT]: string;
}

/** A cookie in WebDriver's format. */
export interface WebDriverCookie {
  readonly name: string;
  readonly value: string;
  readonly httpOnly?: boolean;
  readonly secure?: boolean;
  /** Seconds since 1970. */
  readonly expiry?: number;
}

/** One session of a driver, which is one browser. */
export class WebDriverSession {
  private last: Promise<unknown> = Promise.resolve();
  private window: string | undefined;

  private constructor(
    private readonly address: string,
    /** The browser's version, such as `2.50.6`. */
    readonly browserVersion: string,
  ) {}

  /** Starts a browser. */
  static async start(driver: string, capabilities: object, milliseconds: number): Promise<WebDriverSession> {
    const started = await send<{ sessionId: string; capabilities: { browserVersion: string } }>(
      "POST",
      `${driver}/session`,
      { capabilities: { alwaysMatch: capabilities } },
      milliseconds,
    );
    return new WebDriverSession(
      `${driver}/session/${started.sessionId}`,
      started.capabilities.browserVersion,
    );
  }

  /** Sends a command to the browser as a whole. */
  command<T>(method: "GET" | "POST" | "DELETE", path: string, body?: object): Promise<T> {
    return this.queued(() => this.send<T>(method, path, body));
  }

  /** Sends a command to one tab, and selects that tab before. */
  commandIn<T>(
    window: string,
    method: "GET" | "POST" | "DELETE",
    path: string,
    body?: object,
    milliseconds = CALL_WITHIN_MS,
  ): Promise<T> {
    return this.queued(async () => {
      await this.select(window);
      return this.send<T>(method, path, body, milliseconds);
    });
  }

  /** Closes a tab, and selects another: a driver refuses every command while a closed tab is selected. */
  closeWindow(window: string): Promise<void> {
    return this.queued(async () => {
      await this.select(window);
      const [left] = await this.send<string[]>("DELETE", "/window");
      if (left !== undefined) await this.select(left);
    });
  }

  private async select(window: string): Promise<void> {
    if (this.window !== window) await this.send("POST", "/window", { handle: window });
    this.window = window;
  }

  /** A tab must stay selected until its command has ended. */
  private queued<T>(task: () => Promise<T>): Promise<T> {
    const result = this.last.then(task, task);
    this.last = result.catch(() => undefined);
    return result;
  }

  private send<T>(method: string, path: string, body?: object, milliseconds = CALL_WITHIN_MS): Promise<T> {
    return send<T>(method, this.address + path, body, milliseconds);
  }
}

/** The path of an element's commands. */
export function pathOf(element: ElementReference): string {
  return `/element/${element[ELEMENT]}`;
}

async function send<T>(
  method: string,
  url: string,
  body: object | undefined,
  milliseconds: number,
): Promise<T> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(milliseconds),
    ...(method === "POST" ? { body: JSON.stringify(body ?? {}) } : {}),
  });
  const { value } = (await response.json()) as { value: T };
  if (response.ok) return value;
  const { error, message } = value as { error: string; message: string };
  throw new Error(`WebDriver: ${error}: ${message}`);
}
