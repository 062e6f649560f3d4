import type { DraftWordKey } from "./english-drafts.js";

/** The texts of the dialog, banner and veil. `{time}` is a duration, `{title}` the page's title. */
export const ENGLISH = {
  "idle.title": "You're about to be signed out",
  "idle.body": "You haven't clicked or typed for a while. For your security, you'll be signed out in {time}.",
  "draft.keep": "Your unsaved changes will be kept on this device and offered when you sign in again.",
  "idle.primary": "Stay signed in",
  "idle.secondary": "Sign out now",
  "expiry.title": "Your session is about to end",
  "expiry.body":
    "It will end in {time}. You can stay signed in for another {extend}; we'll ask again before that ends.",
  "expiry.primary": "Stay signed in for {extend}",
  "reauth.title": "Sign in again to keep working",
  "reauth.body":
    "You've reached the time limit for one session. Enter your password within {time} to continue where you left off.",
  "reauth.password": "Password",
  "reauth.primary": "Continue",
  "reauth.error": "That password isn't right. Try again.",
  "reauth.limit": "Too many tries. Wait a minute.",
  "signin.body": "You've reached the time limit for one session. Sign in again within {time}.",
  "signin.primary": "Sign in again",
  "extend.busy": "Just a moment…",
  "extend.failed": "We couldn't reach the server. Trying again in {time}.",
  "extend.retry": "We couldn't reach the server. Try again.",
  "banner.body": "You'll be signed out in {time}.",
  "countdown.left": "{time} left",
  "countdown.tab": "({time}) Signing out soon - {title}",
  checking: "Checking your session…",
  leaving: "You've been signed out.",
  unreachable: "We can't check whether you're still signed in.",
  "unreachable.retry": "Try again",
  "banner.offline": "You're offline. You'll be signed out in {time} unless the connection returns.",
  "banner.unreachable": "We can't reach the server right now. Trying again…",
};

/** A key of the catalogue. */
export type WordKey = keyof typeof ENGLISH;

/** Texts in one language. A missing text is English. */
export type Words = Readonly<Partial<Record<WordKey | DraftWordKey, string>>>;
