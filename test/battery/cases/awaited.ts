/** Cases that the battery does not play yet. Other tests look at the same behaviour, with smaller counts. */
import type { AwaitedCase } from "../support/battery-case.js";

/** Every case that the battery does not play. */
export const AWAITED: readonly AwaitedCase[] = [
  {
    id: "D7",
    title: "Timers in the browser under a limit of 43,200 minutes",
    passesAt: "0 dialogs in the first 60 s; 0 overflowing timers",
    testedBy: "test/client/session-watch.test.ts",
  },
  {
    id: "D8",
    title: "A laptop that sleeps, a tab that is throttled",
    passesAt: "correct remaining time within 1 s of waking; after the end: the page with the reason",
    testedBy: "test/browsers/client-tabs.browser.test.ts",
  },
  {
    id: "G3",
    title:
      "Scripts in User-Agent, address, user name, reason, return_to and place, on pages in a real browser",
    passesAt: "200 payloads: 0 scripts run, 0 elements made, under a strict CSP",
    testedBy: "test/pages/hostile-texts.redis.test.ts and test/browsers/pages.browser.test.ts",
  },
  {
    id: "J1",
    title: "Polls, beacons, event streams, prefetches and static files without a person",
    passesAt: "each session ends as idle at 15:00, within 1 s",
    testedBy: "test/browsers/activity.browser.test.ts",
  },
  {
    id: "J2",
    title: "Real activity every 14 minutes for four hours",
    passesAt: "the session ends at the absolute limit, never as idle",
    testedBy: "test/policy and test/http/vectors-time.redis.test.ts",
  },
  {
    id: "J4",
    title: "Two tabs, one in use",
    passesAt: "both tabs stay signed in; both warn at 2:00, within 1 s; both leave within 2 s of a sign-out",
    testedBy: "test/browsers/client-tabs.browser.test.ts",
  },
  {
    id: "J5",
    title: "The dialog by keyboard and screen reader (WCAG 2.2.1)",
    passesAt: "20 s or more, one action, focus kept and returned, ten extensions; axe finds 0 violations",
    testedBy: "test/browsers/client-dialog.browser.test.ts",
  },
  {
    id: "J6",
    title: "A form not sent yet when the session ends",
    passesAt: "after a new sign-in the page offers the typed text; the page sends nothing without the user",
    testedBy: "test/browsers/drafts.browser.test.ts",
  },
];
