/** Cases of parts that the package does not have yet. */
import type { AwaitedCase } from "../support/battery-case.js";

const STREAMS = "event streams that are closed when their session ends";
const BROWSER = "the browser script with its warning dialog";
const PAGES = "the pages for administrators and users";

/** Every case that waits for its part. */
export const AWAITED: readonly AwaitedCase[] = [
  {
    id: "A9",
    title: "A user is evicted with an event stream and a WebSocket open",
    passesAt: "closed with the reason within 2 s, 100 of 100",
    awaits: STREAMS,
  },
  {
    id: "D7",
    title: "Timers in the browser under a limit of 43,200 minutes",
    passesAt: "0 dialogs in the first 60 s; 0 overflowing timers",
    awaits: BROWSER,
  },
  {
    id: "D8",
    title: "A laptop that sleeps, a tab that is throttled",
    passesAt: "the right remaining time within 1 s of waking; expired: the page that says why",
    awaits: BROWSER,
  },
  {
    id: "G3",
    title:
      "Scripts in User-Agent, address, user name, reason, return_to and place, on pages in a real browser",
    passesAt: "200 payloads: 0 scripts run, 0 elements made, under a strict CSP",
    awaits: PAGES,
  },
  {
    id: "J1",
    title: "Polls, beacons, event streams, prefetches and static files while nobody is there",
    passesAt: "idle out at 15:00 within 1 s in all",
    awaits: BROWSER,
  },
  {
    id: "J2",
    title: "Real activity every 14 minutes for four hours",
    passesAt: "never idle out; ends at the absolute limit only",
    awaits: BROWSER,
  },
  {
    id: "J4",
    title: "Two tabs, one of them used",
    passesAt: "neither signed out; both warn at 2:00 within 1 s; both leave within 2 s of a sign-out",
    awaits: BROWSER,
  },
  {
    id: "J5",
    title: "The dialog by keyboard and screen reader (WCAG 2.2.1)",
    passesAt: "20 s or more, one action, focus kept and returned, ten extensions; axe finds 0 violations",
    awaits: BROWSER,
  },
  {
    id: "J6",
    title: "A form not sent yet when the session ends",
    passesAt:
      "signing in again leads back to the page with what was typed offered; nothing is sent by itself",
    awaits: BROWSER,
  },
  {
    id: "J7",
    title: "The reason of each end: to pages, programs and WebSockets",
    passesAt: "each exact; not readable without the ended cookie",
    awaits: STREAMS,
  },
];
