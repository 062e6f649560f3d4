/** The warning: a native modal dialog with the role `alertdialog`. */
import { make, put, show } from "./make.js";
import type { SessionWatch } from "./session-watch.js";
import type { Texts } from "./texts.js";
import type { Problem, Warning } from "./view.js";

/** Keys that a person pressed for the page must not press a button that has just appeared. */
const DEAF_MS = 500;
/** Times that a screen reader hears: three, and the last one at once. */
const ANNOUNCED_MS = [60_000, 30_000, 15_000];
const PREFIX = {
  stay: "idle",
  extend: "expiry",
  reauthenticate: "reauth",
  sign_in: "signin",
  none: "idle",
} as const;

/** Facts of the page that the dialog shows or leads to. */
export interface DialogFacts {
  /** The user's name, for password managers. */
  readonly username: string;
  /** The way to sign in again in another tab. */
  readonly reauthUrl: string;
  /** The login page, for a session that no new authentication prolongs. */
  readonly signInUrl: string;
}

/** The dialog, and the function that shows a warning in it. */
export interface Dialog {
  readonly element: HTMLElement;
  render(warning: Warning | null, remainingMs: number): void;
}

export function createDialog(texts: Texts, facts: DialogFacts, watch: SessionWatch): Dialog {
  const { actions } = watch;
  const title = make("h2", { id: "title", part: "title" });
  const body = make("p", { id: "body", part: "body" });
  const count = make("p", { part: "countdown", "aria-hidden": "true" });
  const name = make("input", { autocomplete: "username", value: facts.username, hidden: "" });
  const label = make("span");
  const password = make("input", { type: "password", autocomplete: "current-password", part: "input" });
  const field = make("label", {}, label, password);
  const problem = make("p", { role: "alert", part: "problem" });
  const primary = make("button", { part: "button primary" });
  const link = make("a", { part: "button primary", rel: "noopener" });
  const secondary = make("button", { part: "button secondary", type: "button" });
  const row = make("div", { part: "row" }, primary, link, secondary);
  const form = make("form", {}, name, field, problem, row);
  const live = make("p", { part: "live", role: "status", "aria-atomic": "true" });
  const element = make(
    "dialog",
    { role: "alertdialog", "aria-labelledby": "title", "aria-describedby": "body", part: "dialog" },
    ...[title, body, count, form, live],
  );
  let shown = "";
  let openedAt = 0;
  let announced = 0;
  let isWanted = false;

  /** Runs a button's action, unless the key was meant for the page. */
  const act = (event: Event, run: () => unknown): void => {
    event.preventDefault();
    if (performance.now() - openedAt > DEAF_MS) run();
  };

  /** Sends the password. A wrong password stays in the field, selected. */
  const send = async (): Promise<void> => {
    if (!(await actions.reauthenticate({ password: password.value }))) password.select();
  };

  /** Handles Escape: stays signed in if a button can, else leaves a banner with the countdown. */
  const dismiss = (): unknown => (primary.hidden || !field.hidden ? actions.minimize(true) : actions.stay());

  element.oncancel = (event) => act(event, dismiss);
  // Browsers close a dialog at a repeated Escape, even if the page prevents it.
  element.onclose = () => isWanted && element.showModal();
  form.onsubmit = (event) => act(event, field.hidden ? () => actions.stay() : send);
  link.onclick = (event) => {
    if (link.target === "") act(event, () => watch.leave(link.href));
    else {
      // Only a window that a script has opened can close itself. A blocked window becomes a tab.
      const opened = open(link.href, "", "popup,width=480,height=640");
      if (!opened) return;
      opened.opener = null;
      event.preventDefault();
    }
  };
  secondary.onclick = (event) => act(event, () => actions.signOut());

  /** Fills in the texts once for each kind of warning, so that a screen reader does not read them each second. */
  const fill = ({ action, extendMs, reauthentication }: Warning, remainingMs: number): void => {
    const hasLink =
      action === "sign_in" || (action === "reauthenticate" && reauthentication === "login_page");
    const prefix = PREFIX[hasLink ? "sign_in" : action];
    const extend = texts.duration(extendMs);
    const bold = make("strong", {}, texts.duration(remainingMs));
    const [before = "", after = ""] = texts.say(`${prefix}.body`, { extend }).split("{time}");
    const button = texts.say(`${prefix}.primary`, { extend });
    texts.mark(element);
    put(title, texts.say(prefix === "signin" ? "reauth.title" : `${prefix}.title`));
    const kept = document.querySelector("[data-curfew-kept]") ? texts.say("draft.keep") : "";
    body.replaceChildren(before, bold, `${after} ${kept}`);
    put(primary, button);
    put(link, button);
    put(secondary, texts.say("idle.secondary"));
    put(label, texts.say("reauth.password"));
    // In another tab the login page signs in again, while this page and its unsaved work stay.
    link.target = action === "sign_in" ? "" : "_blank";
    link.href = action === "sign_in" ? facts.signInUrl : facts.reauthUrl;
    show(prefix === "reauth", field);
    show(!hasLink, primary);
    show(hasLink, link);
  };

  const announce = (remainingMs: number): void => {
    const at = ANNOUNCED_MS[announced] ?? -1;
    if (remainingMs > at) return;
    announced++;
    live.ariaLive = announced < ANNOUNCED_MS.length ? "polite" : "assertive";
    put(live, texts.say("countdown.left", { time: texts.duration(at) }));
  };

  const close = (): void => {
    isWanted = false;
    shown = password.value = "";
    put(live, "");
    element.close();
    // The browser gives the focus back. If the element is gone, the main part of the page gets the focus.
    if (document.activeElement === document.body) document.querySelector("main")?.focus();
  };

  return {
    element,
    render: (warning, remainingMs) => {
      if (!warning || warning.isMinimized) {
        if (isWanted) close();
        return;
      }
      const now = `${warning.action}${texts.version}`;
      if (shown !== now) fill(warning, remainingMs);
      put(count, texts.countdown(remainingMs));
      put(problem, warning.isBusy ? texts.say("extend.busy") : problemText(texts, warning.problem));
      primary.ariaDisabled = String(warning.isBusy);
      if (!isWanted) {
        isWanted = true;
        openedAt = performance.now();
        announced = ANNOUNCED_MS.filter((at) => remainingMs <= at).length;
        element.showModal();
      }
      if (shown !== now) (field.hidden ? (primary.hidden ? link : primary) : password).focus();
      shown = now;
      announce(remainingMs);
    },
  };
}

function problemText(texts: Texts, problem: Problem | null): string {
  if (!problem) return "";
  if (problem.kind === "bad_credentials") return texts.say("reauth.error");
  if (problem.kind === "too_many_tries") return texts.say("reauth.limit");
  const { retryInMs } = problem;
  if (retryInMs === null) return texts.say("extend.retry");
  return texts.say("extend.failed", { time: texts.duration(Math.max(1_000, retryInMs)) });
}
