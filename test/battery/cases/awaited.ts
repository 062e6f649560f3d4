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
    passesAt: "100 of 100 closed with the reason within 2 s",
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
    passesAt: "correct remaining time within 1 s of waking; after the end: the page with the reason",
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
    title: "Polls, beacons, event streams, prefetches and static files without a person",
    passesAt: "each session ends as idle at 15:00, within 1 s",
    awaits: BROWSER,
  },
  {
    id: "J2",
    title: "Real activity every 14 minutes for four hours",
    passesAt: "the session ends at the absolute limit, never as idle",
    awaits: BROWSER,
  },
  {
    id: "J4",
    title: "Two tabs, one in use",
    passesAt: "both tabs stay signed in; both warn at 2:00, within 1 s; both leave within 2 s of a sign-out",
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
    passesAt: "after a new sign-in the page offers the typed text; the page sends nothing without the user",
    awaits: BROWSER,
  },
  {
    id: "J7",
    title: "The reason of each end, in pages, programs and WebSockets",
    passesAt: "each reason is exact; only the ended cookie can read it",
    awaits: STREAMS,
  },
];
