import type { Status } from "../wire.js";
import { Actions } from "./actions.js";
import { ActivityReports } from "./activity.js";
import { LATE_MS, MAX_TIMER_MS, SafeClock } from "./clock.js";
import { Departure, type End } from "./departure.js";
import { KnownSession } from "./known-session.js";
import { OpenWarning, TypingPause } from "./open-warning.js";
import type { Answer, Call, Message, Ports } from "./ports.js";
import type { Moment } from "./view.js";

const SECOND_MS = 1_000;

/**
 * The state machine of one tab. The server decides: the machine holds a deadline, asks before each warning and each
 * end, and covers the page if a deadline has passed and the server has not answered. It may be early, never late.
 */
export class SessionWatch {
  /** The buttons of the warning. */
  readonly actions: Actions;
  readonly #ports: Ports;
  readonly #departure: Departure;
  readonly #clock: SafeClock;
  readonly #activity = new ActivityReports();
  readonly #typing = new TypingPause();
  readonly #known = new KnownSession();
  #phase: "starting" | "anonymous" | "active" | "ended" = "starting";
  #cover: Moment["cover"] = "none";
  /** Number of the open question, or 0. Answers to earlier questions are dropped. */
  #question = 0;
  #questions = 0;
  #asksAgain = false;
  #isWarnAsked = false;
  #isReauthenticated = false;
  /** Cancels the one timer, which is set to the earliest of several times. */
  #cancelTimer: (() => void) | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#clock = new SafeClock(ports);
    this.#departure = new Departure(ports);
    this.actions = new Actions(ports, {
      now: () => this.#clock.now(),
      ask: () => this.#ask(),
      take: (answer, sentAt) => this.#take(answer, sentAt, true),
      end: (end) => this.#end(end, true),
      update: () => this.#update(),
    });
  }

  /** Asks for the session, and begins to watch it. */
  start(): void {
    this.#ask();
  }

  /** Ends the watch, and uncovers the page: no timer and no request follows. */
  stop(): void {
    this.#phase = "ended";
    this.#cover = "none";
    this.#question = 0;
    this.actions.warning = null;
    this.#update();
  }

  /** Notes an input of a person. Input beside an open warning does not count: the person must choose. */
  input(isKey: boolean): void {
    const now = this.#clock.now();
    if (isKey) this.#typing.key(now);
    if (this.#cover !== "none" || this.actions.warning) return;
    this.#activity.note(now);
    if (this.#phase !== "active") return;
    if (now >= this.#activity.dueAt()) this.#ask();
    this.#arm();
  }

  /** Asks again, because the page is seen again, the connection is back, or the app has met a 401. */
  wake(): void {
    if (this.#phase === "anonymous") return;
    const now = this.#clock.now();
    if (this.#coversNow(now) || this.#clock.takeJump() || !this.#known.isFresh(now)) this.#ask();
    this.#update();
  }

  /** Covers a page that comes from the back/forward cache until the server has confirmed the session. */
  restored(): void {
    if (this.#phase === "anonymous") return;
    if (this.#phase === "ended") this.#phase = "active";
    this.#cover = "checking";
    this.#question = 0;
    this.#ask();
    this.#update();
  }

  /** Reports the last input before the page is hidden or left. */
  hide(): void {
    const idleMs = this.#phase === "active" ? this.#activity.take(this.#clock.now()) : null;
    if (idleMs !== null) void this.#report(idleMs, true);
    this.#update();
  }

  /** Asks because the event stream says that something has changed. */
  hint(): void {
    this.#ask(true);
  }

  /** Takes a message of another tab. */
  hear(message: Message): void {
    if (this.#phase === "ended") return;
    const own = this.#known.status?.sessionTag;
    if (message.type === "status") {
      const sentAt = this.#clock.now() - message.ageMs;
      const isOwn = message.status.sessionTag === own && this.#cover === "none";
      if (!isOwn) this.#ask(true);
      else if (sentAt >= this.#known.sentAt) this.#alive(message.status, sentAt, false);
    } else if (message.sessionTag === own || message.type === "reauthenticated") {
      if (message.type === "activity") this.#activity.reported(this.#clock.now());
      else {
        if (message.type === "ended") this.#cover = "checking";
        else this.#isReauthenticated = true;
        this.#ask(true);
      }
    }
    this.#update();
  }

  /** Leaves the page. Drafts are written first. */
  leave(url: string): void {
    this.#departure.to(url);
  }

  /** Asks again at once, behind the veil. */
  retry(): void {
    if (this.#cover === "unreachable") this.#cover = "checking";
    this.#ask();
    this.#update();
  }

  /** Covers the page if the deadline has passed. @returns true if the page was not covered before */
  #coversNow(now: number): boolean {
    if (this.#cover !== "none" || now < this.#known.endsAt) return false;
    this.#cover = "checking";
    return true;
  }

  /** Asks the server, and reports unreported input with the question. `isHint`: the other tabs ask by themselves. */
  #ask(isHint = false): void {
    if (this.#phase === "ended") return;
    if (this.#question > 0) {
      this.#asksAgain ||= isHint;
      return;
    }
    const idleMs = this.#phase === "active" ? this.#activity.take(this.#clock.now()) : null;
    void (idleMs === null ? this.#send({ path: "/status" }, isHint) : this.#report(idleMs, false));
  }

  async #report(idleMs: number, keepalive: boolean): Promise<void> {
    this.#ports.post({ v: 1, type: "activity", sessionTag: this.#known.status?.sessionTag ?? "" });
    const answer = await this.#send({ path: "/activity", body: { idleMs }, keepalive });
    if (answer.kind === "unknown") this.#activity.keep();
  }

  async #send(call: Call, isHint = false): Promise<Answer> {
    const question = (this.#question = ++this.#questions);
    const sentAt = this.#clock.now();
    const answer = await this.#ports.call(call);
    if (question !== this.#question) return answer;
    this.#question = 0;
    this.#take(answer, sentAt, !isHint);
    if (this.#asksAgain) {
      this.#asksAgain = false;
      this.#ask(true);
    }
    this.#update();
    return answer;
  }

  #take(answer: Answer, sentAt: number, tells: boolean): void {
    if (this.#phase === "ended") return;
    if (answer.kind === "alive") {
      if (sentAt >= this.#known.sentAt) this.#alive(answer.status, sentAt, tells);
      else this.#ask();
    } else if (answer.kind === "ended") {
      // A question that a re-authentication has overtaken may be answered about the old session.
      if (sentAt < this.#known.sentAt) this.#asksAgain = true;
      else this.#over(answer.ended);
    } else if (answer.kind === "unknown") this.#unknown(answer.retryAfterMs);
  }

  #alive(status: Status, sentAt: number, tells: boolean): void {
    const ports = this.#ports;
    const now = this.#clock.now();
    const before = this.#known.status;
    const isOtherUser = before !== null && before.userTag !== status.userTag;
    if (isOtherUser || (this.#phase === "anonymous" && ports.isLoginPage)) {
      this.#close();
      if (isOtherUser) this.#departure.to(ports.homeUrl);
      else this.#departure.toUsersPage(status.userTag);
      return;
    }
    this.#departure.settle(status.userTag);
    const gainedMs = this.#known.accept(status, sentAt, now, ports.random());
    this.#activity.follow(status);
    this.#phase = "active";
    this.#cover = "none";
    this.#isWarnAsked = false;
    if (tells) ports.post({ v: 1, type: "status", status, ageMs: now - sentAt });
    const { remainingMs } = status;
    if (this.actions.warning && gainedMs > SECOND_MS) ports.dispatch("extended", { remainingMs });
    if (this.#isReauthenticated) ports.dispatch("reauthenticated", { remainingMs });
    this.#isReauthenticated = false;
    if (now >= this.#known.warnsAt) this.#warn(now);
    else {
      this.actions.warning = null;
      this.#typing.end();
    }
  }

  #unknown(retryAfterMs = 0): void {
    const now = this.#clock.now();
    this.#known.miss(now, retryAfterMs);
    if (this.#cover === "checking") this.#cover = "unreachable";
    else if (now >= this.#known.warnsAt) this.#warn(now);
  }

  /** Opens the warning that is due, or waits for a pause in typing. */
  #warn(now: number): void {
    const { status, endsAt } = this.#known;
    this.#isWarnAsked = true;
    if (this.actions.warning || !status || this.#typing.holds(now)) return;
    const warning = (this.actions.warning = new OpenWarning());
    const { action, limit } = status;
    warning.isReplaced = !this.#ports.dispatch("warning", { action, limit, remainingMs: endsAt - now });
  }

  /** Takes the news of an end, unless this page may be seen without a session. */
  #over(ended: End): void {
    const isFirst = this.#phase === "starting" || this.#phase === "anonymous";
    if (isFirst && this.#departure.mayStay()) {
      this.#phase = "anonymous";
      this.#cover = "none";
    } else this.#end(ended, false);
  }

  #end(end: End, isOwn: boolean): void {
    const { status } = this.#known;
    this.#close();
    this.#departure.toLogin(end, isOwn);
    if (status) this.#ports.post({ v: 1, type: "ended", sessionTag: status.sessionTag });
  }

  /** Covers the page that is about to be left. */
  #close(): void {
    this.#phase = "ended";
    this.actions.warning = null;
    this.#cover = "leaving";
  }

  /** @param dueAt - the time for which the timer was set */
  #tick(dueAt: number): void {
    const now = this.#clock.now();
    const { nextAskAt, warnsAt } = this.#known;
    const isOver = this.#coversNow(now);
    const isWarnDue = !this.#isWarnAsked && now >= warnsAt;
    const isPollDue = now >= nextAskAt && this.#ports.isVisible();
    this.#isWarnAsked ||= isWarnDue;
    if (isOver || this.#clock.takeJump() || now - dueAt > LATE_MS || isWarnDue) this.#ask();
    else if (now >= this.#typing.endsAt) this.#warn(now);
    else if (this.actions.warning && now >= this.actions.warning.retryAt) void this.actions.stay();
    else if (isPollDue || now >= this.#activity.dueAt()) this.#ask();
    this.#update();
  }

  /** Shows the state, and sets the timer to the next time at which something is due. */
  #update(): void {
    this.#ports.listen(this.#phase === "active" && this.#ports.isVisible());
    const isOnline = this.#ports.isOnline();
    const { warning: open } = this.actions;
    this.#ports.render({ cover: this.#cover, known: this.#known, open, isOnline, now: this.#clock.now() });
    this.#arm();
  }

  #arm(): void {
    this.#cancelTimer?.();
    if (this.#phase === "ended" || this.#phase === "anonymous") return;
    const now = this.#clock.now();
    const { endsAt, warnsAt, nextAskAt } = this.#known;
    const times = [this.#typing.endsAt];
    if (this.#cover === "none") {
      times.push(endsAt);
      const { warning } = this.actions;
      if (warning) times.push(now + ((endsAt - now) % SECOND_MS || SECOND_MS), warning.retryAt);
    }
    if (this.#question === 0) {
      if (!this.#isWarnAsked) times.push(warnsAt);
      if (this.#ports.isVisible()) times.push(nextAskAt);
      times.push(this.#activity.dueAt());
    }
    const dueAt = Math.min(now + MAX_TIMER_MS, ...times);
    this.#cancelTimer = this.#ports.later(Math.max(0, dueAt - now), () => this.#tick(dueAt));
  }
}
