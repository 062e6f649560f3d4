import type { RedisClient } from "./redis-client.js";

/**
 * Waits for a client's first connection (rule M21), so that an app's first operations need no `ready()`. It ends with the
 * first error, so that an app without Redis answers at once. Later connections are not waited for.
 */
export class FirstConnection {
  readonly #timeoutMs: number;
  readonly #client: RedisClient;
  #isOver: boolean;
  #opening: Promise<void> | undefined;

  /** @param timeoutMs - longest wait, in milliseconds */
  constructor(client: RedisClient, timeoutMs: number) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    // A client with lazyConnect connects with its first command.
    this.#isOver = client.status !== "connecting" && client.status !== "connect";
    if (this.#isOver) return;
    const over = (): void => {
      this.#isOver = true;
    };
    client.once("ready", over);
    client.once("error", over);
  }

  /** Returns the wait; `null` if there is nothing to wait for. */
  get opening(): Promise<void> | null {
    if (this.#isOver) return null;
    this.#opening ??= new Promise((resolve) => {
      const over = (): void => {
        this.#isOver = true;
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(over, this.#timeoutMs);
      this.#client.once("ready", over);
      this.#client.once("error", over);
    });
    return this.#opening;
  }
}
