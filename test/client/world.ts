/** A server that knows the rules, a clock that tests move, and tabs that run the browser's state machine. */
import type { Answer, Call, EventDetails, Message, Ports } from "../../src/client/ports.js";
import { SessionWatch } from "../../src/client/session-watch.js";
import { viewOf, type Moment, type View } from "../../src/client/view.js";
import { extensionMinutes, reportedActivityAt, WARNING_MS, type Settings } from "../../src/policy/index.js";
import type { Status } from "../../src/wire.js";
import { minutes, settingsWith, Site, T, type Visit } from "../harness/policy-fixtures.js";

/** An event that a tab dispatched. */
export interface Dispatched {
  readonly name: keyof EventDetails;
  readonly detail: EventDetails[keyof EventDetails];
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** One browser with one session, its tabs and its server. */
export class World {
  /** The server's time, which no tab reads. */
  now = T;
  /** True while the server cannot answer. */
  isDown = false;
  isOnline = true;
  /** Milliseconds that an answer takes. */
  latencyMs = 0;
  readonly site: Site;
  visit: Visit;
  userTag = "ann";
  sessionTag = "one";
  readonly calls: Call[] = [];
  readonly tabs: Tab[] = [];
  private timers: Timer[] = [];

  constructor(settings: Partial<Settings> = {}) {
    this.site = new Site(settingsWith(settings));
    this.visit = this.site.signIn(T);
  }

  /** Opens a tab, and waits for its first answer. */
  async open(options: TabOptions = {}): Promise<Tab> {
    const tab = new Tab(this, options);
    this.tabs.push(tab);
    tab.watch.start();
    await this.pass(0);
    return tab;
  }

  /** Lets time pass, timer by timer. */
  async pass(milliseconds: number): Promise<void> {
    const until = this.now + milliseconds;
    await settle();
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.now = Math.max(this.now, next.at);
      next.run();
      await settle();
    }
    this.now = until;
  }

  /** Passes time to so many minutes after the sign-in. */
  async at(minute: number): Promise<void> {
    await this.pass(T + minutes(minute) - this.now);
  }

  /** Lets the computer sleep: time passes, and no timer runs before it wakes. */
  async sleep(milliseconds: number): Promise<void> {
    this.now += milliseconds;
    for (const tab of this.tabs) tab.steadyLagMs += milliseconds;
    await Promise.resolve();
  }

  /** Calls a function later, and returns the function that prevents it. */
  later(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.now + milliseconds, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  }

  /** Calls of one path. */
  callsOf(path: Call["path"]): Call[] {
    return this.calls.filter((call) => call.path === path);
  }

  /** Answers a call as the routes do. */
  async answer(call: Call): Promise<Answer> {
    this.calls.push(call);
    if (this.latencyMs > 0)
      await new Promise<void>((resolve) => {
        this.later(this.latencyMs, resolve);
      });
    if (this.isDown || !this.isOnline) return { kind: "unknown", retryAfterMs: 5_000 };
    const verdict = this.visit.request(this.now);
    if (verdict.state === "ended") {
      const { reason } = verdict;
      const ended = { error: "session_ended", reason, loginUrl: `/login?reason=${reason}` } as const;
      return { kind: "ended", ended };
    }
    if (call.path === "/activity") {
      const { idleMs } = call.body as { idleMs: number };
      const { facts } = this.visit;
      const lastActivityAt = reportedActivityAt(idleMs, facts.lastActivityAt, this.now);
      this.visit.facts = { ...facts, lastActivityAt };
    }
    if (call.path === "/extend") {
      const granted = this.visit.extend(this.now);
      if ("outcome" in granted && granted.outcome !== "extended" && granted.outcome !== "touched")
        return { kind: "refused", error: granted.outcome };
    }
    if (call.path === "/reauth") {
      if ((call.body as { password: string }).password !== "right")
        return { kind: "refused", error: "bad_credentials" };
      this.visit = this.site.signIn(this.now);
    }
    if (call.path === "/logout") {
      this.visit.facts = { ...this.visit.facts, end: { reason: "signed_out", at: this.now, by: null } };
      return { kind: "done" };
    }
    return { kind: "alive", status: this.status() };
  }

  /** The status now. */
  status(): Status {
    const verdict = this.visit.request(this.now);
    if (verdict.state !== "active") throw new Error("the session has ended");
    const effective = this.site.effective;
    return {
      state: "active",
      limit: verdict.limit,
      remainingMs: verdict.endsAt - this.now,
      warnMs: WARNING_MS,
      idleRemainingMs: verdict.idleEndsAt === null ? null : verdict.idleEndsAt - this.now,
      absoluteRemainingMs: verdict.absoluteEndsAt - this.now,
      action: verdict.action,
      extendMs: minutes(verdict.limit === "idle" ? effective.idleMinutes : extensionMinutes(effective)),
      reauthentication: "in_place",
      persistent: verdict.persistent,
      sessionTag: this.sessionTag,
      userTag: this.userTag,
      configVersion: 1,
    };
  }
}

/** Lets promises settle that wait for nothing else. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** Circumstances of a tab. */
export interface TabOptions {
  readonly isPublic?: boolean;
  readonly isLoginPage?: boolean;
  readonly returnTo?: string;
  readonly isHidden?: boolean;
  /** Texts that the tab remembers from its earlier pages. */
  readonly memory?: Map<string, string>;
}

/** One tab of the {@link World}'s browser. */
export class Tab implements Ports {
  readonly watch: SessionWatch;
  readonly events: Dispatched[] = [];
  view: View = { cover: "none", warning: null, banner: null, remainingMs: 0 };
  /** Address that the tab has left for. */
  left: string | null = null;
  /** Event whose default the app prevents. */
  prevented: keyof EventDetails | null = null;
  isListening = false;
  isHidden: boolean;
  /** Difference that sleep makes between the clocks. */
  steadyLagMs = 0;
  /** Difference that a person makes by setting the clock. */
  wallAheadMs = 0;
  readonly isPublic: boolean;
  readonly isLoginPage: boolean;
  readonly here = "/tickets/42?tab=2";
  readonly loginUrl = "/login";
  readonly homeUrl = "/";
  readonly returnTo: string;
  readonly memory: Map<string, string>;
  /** Spreads the polls of several tabs. */
  private readonly luck: number;

  constructor(
    readonly world: World,
    {
      isPublic = false,
      isLoginPage = false,
      returnTo = "/",
      isHidden = false,
      memory = new Map(),
    }: TabOptions,
  ) {
    this.memory = memory;
    this.luck = ((world.tabs.length + 1) * 0.37) % 1;
    this.isPublic = isPublic || isLoginPage;
    this.isLoginPage = isLoginPage;
    this.returnTo = returnTo;
    this.isHidden = isHidden;
    this.watch = new SessionWatch(this);
  }

  /** Names of the events so far. */
  get eventNames(): string[] {
    return this.events.map(({ name }) => name);
  }

  wall = (): number => this.world.now + this.wallAheadMs;
  steady = (): number => this.world.now - this.steadyLagMs;
  later = (milliseconds: number, run: () => void): (() => void) => this.world.later(milliseconds, run);

  /** Clicks in the page, and lets the answer arrive. */
  async click(): Promise<void> {
    this.watch.input(false);
    await this.world.pass(10);
  }

  random = (): number => this.luck;
  call = (call: Call): Promise<Answer> => this.world.answer(call);
  isVisible = (): boolean => !this.isHidden;
  isOnline = (): boolean => this.world.isOnline;

  post(message: Message): void {
    for (const tab of this.world.tabs)
      if (tab !== this)
        this.world.later(1, () => {
          tab.watch.hear(message);
        });
  }

  listen(isOpen: boolean): void {
    this.isListening = isOpen;
  }

  render(moment: Moment): void {
    this.view = viewOf(moment);
  }

  dispatch<Name extends keyof EventDetails>(name: Name, detail: EventDetails[Name]): boolean {
    this.events.push({ name, detail });
    return this.prevented !== name;
  }

  leave(url: string): void {
    this.left = url;
  }

  recall(key: string): string {
    return this.memory.get(key) ?? "";
  }

  remember(key: string, value: string): void {
    this.memory.set(key, value);
  }
}
