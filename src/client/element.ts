/** The custom element that shows everything: the warning, the banner and the veil. */
import { createDialog, type DialogActions, type DialogFacts } from "./dialog.js";
import { make, put, show } from "./make.js";
import type { View } from "./ports.js";
import { ELEMENT_CSS, sheetOf, VEIL_CSS } from "./styles.js";
import type { Texts } from "./texts.js";

const NAME = "curfew-dialog";

/** The actions of all buttons. */
export interface ElementActions extends DialogActions {
  readonly retry: () => unknown;
  readonly reopen: () => unknown;
}

/** The element on the page. */
export interface Shown {
  render(view: View): void;
  remove(): void;
}

/** Adds the element to the page, beside the body, so that hiding the body does not hide it. */
export function showElement(texts: Texts, facts: DialogFacts, actions: ElementActions): Shown {
  if (!customElements.get(NAME)) customElements.define(NAME, class extends HTMLElement {});
  const host = document.createElement(NAME);
  const root = host.attachShadow({ mode: "open" });
  const { documentElement } = document;
  const dialog = createDialog(texts, facts, actions);
  const veilText = make("p");
  const again = make("button", { part: "button" });
  const veil = make("div", { part: "veil", role: "status" }, veilText, again);
  const bannerText = make("p");
  const reopen = make("button", { part: "button" });
  const banner = make("div", { part: "banner", role: "status" }, bannerText, reopen);
  const veilSheet = sheetOf(VEIL_CSS);
  let focused: Element | null = null;
  /** Title that this element has set, and the page's own title. */
  let setTitle = "";
  let ownTitle = "";

  again.onclick = actions.retry;
  reopen.onclick = actions.reopen;
  root.adoptedStyleSheets = [sheetOf(ELEMENT_CSS)];
  root.append(dialog.element, banner, veil);
  documentElement.append(host);

  /** Hides the page before this function returns, so that no frame shows it. */
  const renderVeil = ({ cover }: View): void => {
    const isVeiled = cover !== "none";
    if (isVeiled) {
      // An app may have replaced the document's sheets.
      const sheets = document.adoptedStyleSheets;
      if (!sheets.includes(veilSheet)) document.adoptedStyleSheets = [...sheets, veilSheet];
      focused ??= document.activeElement;
      texts.mark(veil);
      put(veilText, texts.say(cover));
      put(again, texts.say("unreachable.retry"));
    }
    show(cover === "unreachable", again);
    show(isVeiled, veil);
    documentElement.toggleAttribute("data-curfew-veil", isVeiled);
    if (isVeiled) return;
    // Hidden elements lose the focus.
    (focused as HTMLElement | null)?.focus({ preventScroll: true });
    focused = null;
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

  return {
    render: (view) => {
      renderVeil(view);
      renderBanner(view);
      dialog.render(view.warning, view.remainingMs);
      renderTitle(view);
    },
    remove: () => host.remove(),
  };
}
