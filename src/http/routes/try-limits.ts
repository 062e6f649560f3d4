import type { Request } from "express";
import type { UseCounter, UseLimit } from "../../state/use-counter.js";
import { signedInId } from "../../state/session-id.js";
import { requireCurrent } from "../request/context.js";
import { BY_PERSON, routeLimit } from "./route-table.js";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A user's sessions together have as many tries as this number of sessions. */
const SESSIONS_AT_ONCE = 4;
/** A session has as many tries a day as in this number of minutes. */
const MINUTES_PER_DAY = 20;

/** An authentication that the app has refused. */
export class WrongCredentials extends Error {
  constructor(readonly triesLeft: number) {
    super("That password isn't right.");
  }
}

/** A try above a limit. */
export class TooManyTries extends Error {
  constructor(readonly retryInMs: number) {
    super("Too many tries. Wait a minute.");
  }
}

/** A session's place in the counters. */
export interface TryPlace {
  readonly ref: string;
  readonly tag: string;
}

/**
 * The limits of tries at a re-authentication (rule M40). A session that has used up its own tries takes none from its
 * user's total. So a thief with one cookie can't use up the tries of the user's other sessions.
 */
export class TryLimits {
  readonly #wrong: UseLimit;
  readonly #wrongPerDay: UseLimit;
  readonly #all: UseLimit = routeLimit("reauth", BY_PERSON);

  constructor(
    private readonly counter: UseCounter,
    triesPerMinute: number,
  ) {
    this.#wrong = {
      name: "tries",
      uses: triesPerMinute * SESSIONS_AT_ONCE,
      windowMs: MINUTE_MS,
      usesOfPart: triesPerMinute,
    };
    this.#wrongPerDay = { name: "tries-day", uses: triesPerMinute * MINUTES_PER_DAY, windowMs: DAY_MS };
  }

  /** Returns the place of a request's session. Ask before a re-authentication changes the session's id. */
  placeOf(request: Request): TryPlace {
    return { ref: requireCurrent(request).ref, tag: signedInId(request.sessionID)?.tag ?? "" };
  }

  /**
   * Counts a try before its outcome is known.
   *
   * @returns the tries that remain
   * @throws TooManyTries; CurfewError `redis_unavailable`
   */
  async take({ ref, tag }: TryPlace): Promise<number> {
    const counted = await Promise.all([
      this.counter.take(this.#wrong, { of: tag, part: ref }),
      this.counter.take(this.#wrongPerDay, { of: ref }),
      this.counter.take(this.#all, { of: ref }),
    ]);
    const refused = counted.filter(({ isAllowed }) => !isAllowed);
    if (refused.length > 0) throw new TooManyTries(Math.max(...refused.map(({ retryInMs }) => retryInMs)));
    const [wrong, wrongPerDay] = counted;
    return Math.min(wrong.remaining, wrongPerDay.remaining);
  }

  /** Gives a right try back. If that fails, the try stays counted. */
  async giveBack({ ref, tag }: TryPlace): Promise<void> {
    await Promise.allSettled([
      this.counter.giveBack(this.#wrong, { of: tag, part: ref }),
      this.counter.giveBack(this.#wrongPerDay, { of: ref }),
    ]);
  }
}
