/** The custom element that shows the warning, the banner, and the veil's text. The script loads this file. */
import { createDialog, type DialogFacts } from "./dialog.js";
import { make, put, show } from "./make.js";
import type { SessionWatch } from "./session-watch.js";
import { sheetOf } from "./styles.js";
import { ELEMENT_CSS } from "./element-styles.js";
import { createTexts } from "./texts.js";
import { viewOf, type Moment, type View } from "./view.js";
import type { Words } from "./words/english.js";
import { loadWords, type WordsOption } from "./words/load-words.js";

const NAME = "curfew-dialog";

/** Facts of the page that the element shows or leads to. */
export interface ElementFacts {
  readonly language: string;
  readonly words?: WordsOption | undefined;
  /** The user's name, for password managers. */
  readonly username?: string | undefined;
  /** Path of `curfew.routes()`. */
  readonly base: string;
  readonly loginUrl: string;
  /** Path of this page. */
  readonly here: string;
}

/** The element on the page. */
export interface Shown {
  render(moment: Moment): void;
  setWords(words: Words): void;
  remove(): unknown;
}

/** Adds the element to the page, beside the body, so that hiding the body does not hide it. */
export function showElement(facts: ElementFacts, watch: SessionWatch): Shown {
  const { words = {} } = facts;
  const texts = createTexts(facts.language, typeof words === "string" ? {} : words);
  if (!customElements.get(NAME)) customElements.define(NAME, class extends HTMLElement {});
  const host = document.createElement(NAME);
  const root = host.attachShadow({ mode: "open" });
  const { documentElement } = document;
  const dialog = createDialog(texts, linksOf(facts), watch);
  const veilText = make("p");
  const again = make("button", { part: "button" });
  const veil = make("div", { part: "veil", role: "status" }, veilText, again);
  const bannerText = make("p");
  const reopen = make("button", { part: "button" });
  const banner = make("div", { part: "banner", role: "status" }, bannerText, reopen);
  /** Title that this element has set, and the page's own title. */
  let setTitle = "";
  let ownTitle = "";

  again.onclick = () => watch.retry();
  reopen.onclick = () => watch.actions.minimize(false);
  root.adoptedStyleSheets = [sheetOf(ELEMENT_CSS)];
  root.append(dialog.element, banner, veil);
  documentElement.append(host);

  const renderVeil = ({ cover }: View): void => {
    show(cover === "unreachable", again);
    show(cover !== "none", veil);
    if (cover === "none") return;
    texts.mark(veil);
    put(veilText, texts.say(cover));
    put(again, texts.say("unreachable.retry"));
  };

  const renderBanner = ({ banner: trouble, warning, remainingMs }: View): void => {
    const isMinimized = warning?.isMinimized === true;
    const time = texts.duration(remainingMs);
    show(isMinimized || trouble !== null, banner);
    show(isMinimized, reopen);
    if (banner.hidden) return;
    texts.mark(banner);
    put(bannerText, texts.say(`banner.${trouble ?? "body"}`, { time }));
    put(reopen, texts.say("signin.primary"));
  };

  /** Counts down in the tab's title too. A title that the app sets meanwhile is kept. */
  const renderTitle = ({ warning, remainingMs }: View): void => {
    if (document.title !== setTitle) ownTitle = document.title;
    const time = texts.countdown(remainingMs);
    const title = warning ? texts.say("countdown.tab", { time, title: ownTitle }) : setTitle && ownTitle;
    if (title) document.title = title;
    setTitle = warning ? title : "";
  };

  let last: Moment | null = null;
  const render = (moment: Moment): void => {
    last = moment;
    const view = viewOf(moment);
    renderVeil(view);
    renderBanner(view);
    dialog.render(view.warning, view.remainingMs);
    renderTitle(view);
  };
  const setWords = (others: Words): void => {
    texts.setWords(others);
    if (last) render(last);
  };
  // The element does not wait for its texts: it begins in English. Texts that the app sets meanwhile stay.
  if (typeof words === "string") void loadWords(words).then((loaded) => texts.version || setWords(loaded));
  return { render, setWords, remove: () => host.remove() };
}

/** Returns the addresses of the dialog's links. */
function linksOf({ username = "", language, base, loginUrl, here }: ElementFacts): DialogFacts {
  const separator = loginUrl.includes("?") ? "&" : "?";
  return {
    username,
    reauthUrl: `${base}/reauth?lang=${encodeURIComponent(language)}`,
    signInUrl: `${loginUrl}${separator}reauth=1&return_to=${encodeURIComponent(here)}`,
  };
}
