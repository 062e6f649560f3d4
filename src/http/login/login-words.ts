/** Texts of the login page. They stay on the server; the browser's script has its own catalogue. */
import type { EndReason } from "../../policy/index.js";
import { knownLanguage, type Language } from "../request/language.js";

/** Texts of the login page. A text has `{idle}`, `{session}` or `{by}` for a duration or for the newer sign-in. */
export interface LoginWords {
  /** The sentence for each reason. */
  readonly ended: Readonly<Record<EndReason, string>>;
  /** The sentence for `evicted` if the newer sign-in is known. `{by}` is its device, place and time. */
  readonly evictedBy: string;
  /** The hint while inactivity logout is on (WCAG 2.2.6). */
  readonly idleHint: string;
  /** The hint while inactivity logout is off. */
  readonly sessionHint: string;
  /** Name for an unknown device. */
  readonly unknownDevice: string;
  /** The mark between device, place and time. */
  readonly separator: string;
}

const ENGLISH: LoginWords = {
  ended: {
    idle: "You were signed out because you hadn't clicked or typed for {idle}.",
    absolute: "Your session reached its time limit. Sign in to continue.",
    evicted:
      "You were signed out because you signed in on another device. If that wasn't you, change your password.",
    revoked: "This session was signed out from your Sessions page.",
    revoked_by_admin: "An administrator signed out this session.",
    signed_out: "You have signed out.",
    unknown: "Your session has ended. Sign in to continue.",
  },
  evictedBy:
    "You were signed out because you signed in on another device: {by}. If that wasn't you, change your password.",
  idleHint: "You'll be signed out after {idle} without a click, touch or key press.",
  sessionHint: "You'll be signed out {session} after signing in.",
  unknownDevice: "Unknown device",
  separator: ", ",
};

const GERMAN: LoginWords = {
  ended: {
    idle: "Sie wurden abgemeldet, weil Sie {idle} lang nichts angeklickt oder eingegeben haben.",
    absolute: "Die Zeit für Ihre Sitzung ist um. Melden Sie sich an, um weiterzuarbeiten.",
    evicted:
      "Sie wurden abgemeldet, weil Sie sich auf einem anderen Gerät angemeldet haben. Wenn Sie das nicht waren, ändern Sie Ihr Passwort.",
    revoked: "Diese Sitzung wurde auf Ihrer Seite „Sitzungen“ beendet.",
    revoked_by_admin: "Die Administration hat diese Sitzung beendet.",
    signed_out: "Sie haben sich abgemeldet.",
    unknown: "Ihre Sitzung ist beendet. Melden Sie sich an, um weiterzuarbeiten.",
  },
  evictedBy:
    "Sie wurden abgemeldet, weil Sie sich auf einem anderen Gerät angemeldet haben: {by}. Wenn Sie das nicht waren, ändern Sie Ihr Passwort.",
  idleHint: "Wenn Sie {idle} lang nichts anklicken, berühren oder eingeben, werden Sie abgemeldet.",
  sessionHint: "Eine Sitzung dauert ab der Anmeldung {session}.",
  unknownDevice: "Unbekanntes Gerät",
  separator: ", ",
};

const ARABIC: LoginWords = {
  ended: {
    idle: "تم تسجيل خروجك لأنك لم تنقر أو تكتب لمدة {idle}.",
    absolute: "بلغت جلستك حدها الزمني. سجّل الدخول للمتابعة.",
    evicted: "تم تسجيل خروجك لأنك سجّلت الدخول من جهاز آخر. إذا لم تكن أنت، فغيّر كلمة المرور.",
    revoked: "تم إنهاء هذه الجلسة من صفحة جلساتك.",
    revoked_by_admin: "أنهى أحد المسؤولين هذه الجلسة.",
    signed_out: "لقد سجّلت الخروج.",
    unknown: "انتهت جلستك. سجّل الدخول للمتابعة.",
  },
  evictedBy: "تم تسجيل خروجك لأنك سجّلت الدخول من جهاز آخر: {by}. إذا لم تكن أنت، فغيّر كلمة المرور.",
  idleHint: "سيتم تسجيل خروجك بعد {idle} دون نقر أو لمس أو كتابة.",
  sessionHint: "سيتم تسجيل خروجك بعد {session} من تسجيل الدخول.",
  unknownDevice: "جهاز غير معروف",
  separator: "، ",
};

const WORDS: Readonly<Record<Language, LoginWords>> = { en: ENGLISH, de: GERMAN, ar: ARABIC };

/** Returns the texts in a language such as `de-AT`: German and Arabic, and English for all others. */
export function loginWords(language: string): LoginWords {
  return WORDS[knownLanguage(language) ?? "en"];
}
