import type { DraftWordKey } from "./english-drafts.js";
import type { WordKey } from "./english.js";

/** The texts in German. */
export const GERMAN: Readonly<Record<WordKey | DraftWordKey, string>> = {
  "idle.title": "Sie werden gleich abgemeldet",
  "idle.body":
    "Sie haben eine Weile nichts angeklickt oder eingegeben. Zu Ihrer Sicherheit werden Sie in {time} abgemeldet.",
  "idle.primary": "Angemeldet bleiben",
  "idle.secondary": "Jetzt abmelden",
  "expiry.title": "Ihre Sitzung endet gleich",
  "expiry.body":
    "Sie endet in {time}. Sie können sie verlängern, um {extend}; vor deren Ende fragen wir noch einmal.",
  "expiry.primary": "Verlängern: {extend}",
  "reauth.title": "Bitte melden Sie sich noch einmal an",
  "reauth.body":
    "Die Zeit für eine Sitzung ist um. Geben Sie in den nächsten {time} Ihr Passwort ein, dann können Sie hier weiterarbeiten.",
  "reauth.password": "Passwort",
  "reauth.primary": "Weiter",
  "reauth.error": "Das Passwort stimmt nicht. Bitte noch einmal.",
  "reauth.limit": "Zu viele Versuche. Bitte warten Sie eine Minute.",
  "signin.body": "Die Zeit für eine Sitzung ist um. Bitte melden Sie sich in den nächsten {time} neu an.",
  "signin.primary": "Neu anmelden",
  "extend.busy": "Einen Moment …",
  "extend.failed": "Der Server antwortet nicht. Nächster Versuch in {time}.",
  "extend.retry": "Der Server antwortet nicht. Bitte noch einmal.",
  "banner.body": "Sie werden in {time} abgemeldet.",
  "countdown.left": "Noch {time}",
  "countdown.tab": "({time}) Abmeldung - {title}",
  checking: "Ihre Sitzung wird geprüft …",
  leaving: "Sie wurden abgemeldet.",
  unreachable: "Wir können nicht prüfen, ob Sie noch angemeldet sind.",
  "unreachable.retry": "Noch einmal versuchen",
  "banner.offline": "Sie sind offline. Ohne Verbindung werden Sie in {time} abgemeldet.",
  "banner.unreachable": "Der Server antwortet gerade nicht. Wir versuchen es weiter …",
  "draft.keep":
    "Nicht gespeicherte Änderungen bleiben auf diesem Gerät und werden Ihnen nach der nächsten Anmeldung angeboten.",
  "draft.title": "Nicht gespeicherte Änderungen",
  "draft.offer": "Von {time}, vor Ihrer Abmeldung, gibt es nicht gespeicherte Änderungen.",
  "draft.kept": "Von {time} gibt es nicht gespeicherte Änderungen.",
  "draft.conflict":
    "Diese Seite hat sich seitdem geändert. Das Wiederherstellen ersetzt den jetzigen Text (Felder: {count}).",
  "draft.lost": "Die nicht gespeicherten Änderungen von {time} lassen sich nicht mehr öffnen.",
  "draft.restore": "Wiederherstellen",
  "draft.discard": "Verwerfen",
  "draft.restored": "Änderungen wiederhergestellt.",
};
