/** Fills a Redis with sessions by the package's own sign-in, without the HTTP around it. */
import { Redis } from "ioredis";
import { Events } from "../../../src/events.js";
import { DEFAULT_LIMITS, DEFAULT_SETTINGS, type Settings } from "../../../src/policy/index.js";
import { BackgroundWork } from "../../../src/redis/background-work.js";
import { ClockWatch } from "../../../src/redis/clock-watch.js";
import { GuardedRedis } from "../../../src/redis/guarded-redis.js";
import { browserKeyOf, createKeys } from "../../../src/state/keys.js";
import { Observed } from "../../../src/state/values/observed.js";
import { BookCache } from "../../../src/state/values/book-cache.js";
import { SettingsCache } from "../../../src/state/values/settings-cache.js";
import { openSession } from "../../../src/state/sessions/open-session.js";
import { newRef, newSecret, type SignedInId } from "../../../src/state/session-id.js";
import { ListPlace } from "../../../src/state/values/list-place.js";
import type { Storage } from "../../../src/state/storage.js";
import { OldSessions } from "../../../src/state/old-source.js";
import { TagKeyCache } from "../../../src/state/tag-key.js";
import { batchingPort } from "./batching-port.js";
import { inParallel } from "./battery-case.js";
import { SESSION_COOKIE } from "../../harness/browser.js";
import { signedId } from "../../harness/signed-id.js";

const SECRET = "battery-secret-battery-secret-battery";
const TIMEOUT_MS = 60_000;
const IN_FLIGHT = 500;
const LARGEST_SAMPLE = 1_000;

/** App data of a filled-in session, as connect-redis stores it. */
export const APP_DATA = JSON.stringify({
  cookie: { originalMaxAge: null, expires: null, secure: false, httpOnly: true, path: "/", sameSite: "lax" },
  data: { cart: ["0000-1111", "0000-2222"], theme: "dark" },
});

/** A user whose session was filled in. */
export interface Filled {
  readonly id: SignedInId;
  readonly userId: string;
  readonly ref: string;
  /** Value of the session cookie. */
  readonly cookie: string;
}

/** Options of a filling. */
export interface FillOptions {
  readonly count: number;
  /** Returns the user of a session. @default a new user for each session */
  readonly userOf?: (index: number) => string;
  /** Lifetime of the sessions in minutes. By default the settings decide. */
  readonly lifetimeMinutes?: number;
  readonly report?: (progress: string) => void;
}

/** The package's state layer over one connection. */
export interface StateLayer {
  readonly storage: Storage;
  close(): void;
}

/** Options of the state layer. */
export interface StateOptions {
  readonly clock?: () => number;
  readonly defaults?: Partial<Settings>;
  /** True to send commands as an app does, false to send them by the hundred. */
  readonly oneByOne?: boolean;
}

/** Opens the state layer as `createCurfew` does. */
export async function openState(url: string, options: StateOptions = {}): Promise<StateLayer> {
  const client = new Redis(url);
  await client.ping();
  const events = new Events(() => undefined);
  const redis = options.oneByOne
    ? new GuardedRedis(client, TIMEOUT_MS, { reconnects: false })
    : batchingPort(client);
  const storage: Storage = {
    redis,
    background: redis,
    backgroundWork: new BackgroundWork(),
    telemetry: null,
    replicas: null,
    keys: createKeys("curfew:", "sess:"),
    list: new ListPlace(),
    clockWatch: new ClockWatch(events, TIMEOUT_MS),
    settings: new SettingsCache({ ...DEFAULT_SETTINGS, ...options.defaults }, DEFAULT_LIMITS, events),
    books: new BookCache(),
    observed: new Observed(),
    tagKey: new TagKeyCache(events),
    old: new OldSessions(),
    events,
    timeoutMs: TIMEOUT_MS,
    limitOpenSessions: true,
    clock: options.clock ?? null,
  };
  return {
    storage: storage,
    close() {
      client.disconnect();
    },
  };
}

/** Signs in `count` times. @returns a sample of the signed-in users, spread over all */
export async function fill(storage: Storage, options: FillOptions): Promise<Filled[]> {
  const { count, userOf = (index) => `user-${String(index)}`, report } = options;
  const sample: Filled[] = [];
  const every = Math.max(1, Math.floor(count / LARGEST_SAMPLE));
  let done = 0;
  await inParallel(count, IN_FLIGHT, async (index) => {
    const filled = await signIn(storage, userOf(index), `browser ${String(index)}`, options.lifetimeMinutes);
    if (index % every === 0) sample.push(filled);
    done += 1;
    if (done % 100_000 === 0) report?.(`${String(done)} of ${String(count)} sessions`);
  });
  return sample;
}

/** Signs in once. */
export async function signIn(
  storage: Storage,
  userId: string,
  browser: string,
  lifetimeMinutes: number | null = null,
): Promise<Filled> {
  const ref = newRef();
  const { secretHash, idOf } = newSecret();
  const { tag } = await openSession(storage, {
    ref,
    secretHash,
    userId,
    kind: "browser",
    persistent: false,
    lifetimeMinutes,
    deviceClass: "desktop",
    browserKey: browserKeyOf(browser),
    credentialsType: null,
    labels: {},
    sendsUser: false,
    endsAt: null,
    authenticatedAt: null,
    agent: { browser: "Chrome", operatingSystem: "Windows" },
    ip: null,
    locate: () => Promise.resolve({ city: null, state: null, country: null }),
    data: APP_DATA,
  });
  return { userId, id: { ref, tag, secretHash }, ref, cookie: cookieOf(idOf(ref, tag)) };
}

/** Returns the session cookie's value, signed as express-session does. */
export function cookieOf(sessionId: string): string {
  return encodeURIComponent(signedId(sessionId, SECRET));
}

/** Returns the headers of a browser with a filled-in session. */
export const cookieHeader = ({ cookie }: Pick<Filled, "cookie">): { readonly cookie: string } => ({
  cookie: `${SESSION_COOKIE}=${cookie}`,
});
