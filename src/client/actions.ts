import type { End } from "./departure.js";
import { OpenWarning } from "./open-warning.js";
import type { Answer, Call, Ports } from "./ports.js";

/** The parts of the machine that a person's actions need. */
export interface Machine {
  now(): number;
  ask(): void;
  take(answer: Answer, sentAt: number): void;
  end(end: End): void;
  update(): void;
}

/** The buttons of a warning. An action may run beside the machine's own questions. */
export class Actions {
  /** The open warning. */
  warning: OpenWarning | null = null;
  readonly #ports: Ports;
  readonly #machine: Machine;

  constructor(ports: Ports, machine: Machine) {
    this.#ports = ports;
    this.#machine = machine;
  }

  /** Stays signed in, or extends the session: the action of the warning's button. */
  async stay(): Promise<void> {
    const { warning } = this;
    if (!warning || warning.isBusy) return;
    const answer = await this.#do({ path: "/extend", body: {} }, warning);
    if (answer.kind === "unknown") warning.failed(this.#machine.now());
    if (answer.kind === "refused") this.#machine.ask();
    this.#machine.update();
  }

  /** Signs in again without leaving the page. @returns true if the server has accepted the body */
  async reauthenticate(body: unknown): Promise<boolean> {
    const warning = this.warning ?? new OpenWarning();
    if (warning.isBusy) return false;
    const answer = await this.#do({ path: "/reauth", body }, warning);
    const isDone = answer.kind === "alive";
    if (isDone) {
      const { sessionTag, remainingMs } = answer.status;
      this.#ports.post({ v: 1, type: "reauthenticated", sessionTag });
      this.#ports.dispatch("reauthenticated", { remainingMs });
    } else warning.problem = answer.kind === "refused" ? answer.error : "unreachable";
    this.#machine.update();
    return isDone;
  }

  /** Signs out, here and in all other tabs. */
  async signOut(): Promise<void> {
    const warning = this.warning ?? new OpenWarning();
    if (warning.isBusy) return;
    const answer = await this.#do({ path: "/logout", body: {} }, warning);
    if (answer.kind === "done") {
      this.#ports.dispatch("signout", {});
      this.#machine.end({ reason: "signed_out", loginUrl: this.#ports.loginUrl });
    } else warning.problem = "unreachable";
    this.#machine.update();
  }

  /** Makes the dialog a banner, so that work can be copied, or a dialog again. */
  minimize(isMinimized: boolean): void {
    if (this.warning) this.warning.isMinimized = isMinimized;
    this.#machine.update();
  }

  async #do(call: Call, warning: OpenWarning): Promise<Answer> {
    warning.begin();
    this.#machine.update();
    const sentAt = this.#machine.now();
    const answer = await this.#ports.call(call);
    warning.isBusy = false;
    if (answer.kind !== "unknown") this.#machine.take(answer, sentAt);
    return answer;
  }
}
