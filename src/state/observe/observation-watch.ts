import { observationIn } from "../values/observed.js";
import { readText, type Storage } from "../storage.js";

/** Interval at which a process asks for the observation, in milliseconds. */
const ASK_EVERY_MS = 10_000;

/** Asks Redis for the observation from time to time. So no request asks for it, and it applies within ten seconds. */
export class ObservationWatch {
  readonly #storage: Storage;
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;

  constructor(storage: Storage) {
    this.#storage = { ...storage, redis: storage.background };
  }

  start(): void {
    const { observed, keys, backgroundWork } = this.#storage;
    const ask = async (): Promise<void> => {
      observed.keep(observationIn(await readText(this.#storage, keys.observed)));
    };
    this.#timer = setInterval(() => {
      // While Redis is away one question waits, and the observation of the last reply continues.
      if (this.#isAsking) return;
      this.#isAsking = true;
      const asked = (): Promise<void> => ask().finally(() => (this.#isAsking = false));
      backgroundWork.begin(asked, () => undefined);
    }, ASK_EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
