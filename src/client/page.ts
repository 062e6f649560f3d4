/** The page around the state machine: listeners, other tabs, the event stream. */
import type { EventDetails, Message, Ports } from "./ports.js";
import type { SessionWatch } from "./session-watch.js";
import { createTransport } from "./transport.js";

/** Places of the app. */
export interface Places {
  readonly base: string;
  readonly loginUrl: string;
  readonly homeUrl: string;
  readonly isPublic: boolean;
}

/** The page, as a machine uses it. */
export interface Page {
  readonly ports: Ports;
  /** Connects the page's events with a machine. */
  connect(watch: SessionWatch): void;
  /** Counts the input in a window: this page's, or a same-origin frame's. */
  watchInput(target: EventTarget): void;
  /** Removes all listeners. */
  close(): void;
}

/** Keys that are not input by themselves. */
const MODIFIERS = /^(Shift|Control|Alt|AltGraph|Meta|CapsLock|Fn|NumLock)$/;
/** `click` comes alone from screen readers and voice control, `input` from dictation and on-screen keyboards. */
const INPUTS = ["pointerdown", "touchstart", "keydown", "click", "input"];

/** Time that another navigation gets. */
const UNLOAD_MS = 2_000;

export function openPage(
  { base, loginUrl, homeUrl, isPublic }: Places,
  extraEvents: readonly string[],
  render: Ports["render"],
  detail: object,
): Page {
  const stopping = new AbortController();
  const channel = new BroadcastChannel(`curfew:${base}`);
  const login = new URL(loginUrl, location.href);
  const isLoginPage = login.origin === location.origin && login.pathname === location.pathname;
  const isVisible = (): boolean => document.visibilityState === "visible";
  let watch: SessionWatch;
  let stream: EventSource | null = null;
  let isLeaving = false;
  /** Time until which the page is probably being left: a link or form that signs out must not be overtaken. */
  let busyUntil = 0;

  const on = (
    target: EventTarget,
    types: string | readonly string[],
    listener: (event: Event) => void,
  ): void => {
    const options = { capture: true, signal: stopping.signal };
    for (const type of [types].flat()) target.addEventListener(type, listener, options);
  };

  /** Opens the stream of events. A server without events is polled. */
  const listen = (isOpen: boolean): void => {
    if (!isOpen) {
      stream?.close();
      stream = null;
    } else if (!stream) {
      const opened = (stream = new EventSource(`${base}/events`));
      let wasOpen = false;
      opened.onopen = () => (wasOpen = true);
      // A stream that worked and was refused is opened again with the next poll.
      opened.onerror = () => {
        if (wasOpen && opened.readyState === EventSource.CLOSED) stream = null;
      };
      on(opened, ["ended", "settings"], () => watch.hint());
    }
  };

  const watchInput = (target: EventTarget): void => {
    on(target, [...INPUTS, ...extraEvents], (event) => {
      const { key, repeat, type, isTrusted } = event as KeyboardEvent;
      // Scripts can dispatch events, and a book can lie on a key.
      if (isTrusted && !repeat && !MODIFIERS.test(key)) watch.input(type === "keydown");
    });
  };

  return {
    ports: {
      wall: () => Date.now(),
      steady: () => performance.now(),
      later: (milliseconds, run) => {
        const timer = setTimeout(run, milliseconds);
        return () => clearTimeout(timer);
      },
      random: Math.random,
      call: createTransport(base),
      // A closed channel would throw.
      post: (message) => stopping.signal.aborted || channel.postMessage(message),
      isVisible,
      isOnline: () => navigator.onLine,
      render,
      dispatch: <Name extends keyof EventDetails>(name: Name, details: EventDetails[Name]) => {
        const init = { bubbles: true, cancelable: true, detail: { ...details, ...detail } };
        return document.dispatchEvent(new CustomEvent(`curfew:${name}`, init));
      },
      listen,
      isPublic: isPublic || isLoginPage,
      isLoginPage,
      here: location.pathname + location.search,
      loginUrl,
      homeUrl,
      returnTo: safePath(new URLSearchParams(location.search).get("return_to")) ?? homeUrl,
      leave: (url) => {
        const leave = (): void => {
          isLeaving = true;
          location.replace(url);
        };
        setTimeout(leave, busyUntil - performance.now());
      },
      recall: (key) => stored((storage) => storage.getItem(key)),
      remember: (key, value) => stored((storage) => storage.setItem(key, value)),
    },
    watchInput,
    connect: (connected) => {
      watch = connected;
      on(document, ["visibilitychange", "resume"], () => {
        if (isVisible()) watch.wake();
        else watch.hide();
      });
      on(window, ["focus", "online", "offline"], () => watch.wake());
      on(window, "pagehide", () => {
        watch.hide();
        listen(false);
      });
      on(window, "pageshow", (event) => {
        isLeaving = false;
        if ((event as PageTransitionEvent).persisted) watch.restored();
      });
      // The app's question "Leave site?" must not keep an ended session's page open.
      on(window, "beforeunload", (event) => {
        if (isLeaving) event.stopImmediatePropagation();
        busyUntil = performance.now() + UNLOAD_MS;
      });
      on(channel, "message", (event) => {
        const message = (event as MessageEvent<Message | undefined>).data;
        if (message?.v === 1) watch.hear(message);
      });
      watchInput(window);
      // A frame of another site keeps its input to itself. Only the focus that moves there is seen.
      on(window, "blur", () => {
        if (document.activeElement?.tagName === "IFRAME") watch.input(false);
      });
    },
    close: () => {
      stopping.abort();
      channel.close();
      listen(false);
    },
  };
}

/** Returns a path on this site, or `null`. */
function safePath(path: string | null): string | null {
  const isPath = path !== null && /^\/(?![/\\])/.test(path);
  return isPath && new URL(path, location.origin).origin === location.origin ? path : null;
}

/** Uses the tab's storage. It throws where a person has forbidden it. */
function stored(use: (storage: Storage) => unknown): string {
  try {
    return (use(sessionStorage) as string | null) ?? "";
  } catch {
    return "";
  }
}
