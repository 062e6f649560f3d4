/** The part of the page that a person sees. The veil is here at once; its text, the banner and the warning are loaded. */
import type { Shown } from "./element.js";
import { sheetOf, VEIL_CSS } from "./styles.js";
import type { Moment } from "./view.js";
import type { Words } from "./words/english.js";

/** Time after which the element is loaded on each page, so that it is there if the server can't be reached later. */
const LOADS_AFTER_MS = 10_000;

/** @param load - loads the element and adds it to the page; gets the number of failures so far */
export function openScreen(load: (failures: number) => Promise<Shown>): Shown {
  const veilSheet = sheetOf(VEIL_CSS);
  const { documentElement } = document;
  let moment: Moment | undefined;
  let words: Words | undefined;
  let shown: Shown | undefined;
  let loading: Promise<void> | undefined;
  let failures = 0;
  let focused: Element | null = null;

  /** Loads the element. After a failure the next change loads it again. */
  const ensure = (): unknown =>
    (loading ??= load(failures).then(
      (loaded) => {
        shown = loaded;
        if (words) loaded.setWords(words);
        if (moment) loaded.render(moment);
      },
      () => {
        failures++;
        loading = undefined;
      },
    ));
  const timer = setTimeout(ensure, LOADS_AFTER_MS);

  /** Hides the page before this function returns, so that no frame shows it. */
  const veil = (isVeiled: boolean): void => {
    if (isVeiled) {
      // An app may have replaced the document's sheets.
      const sheets = document.adoptedStyleSheets;
      if (!sheets.includes(veilSheet)) document.adoptedStyleSheets = [...sheets, veilSheet];
      focused ??= document.activeElement;
    }
    documentElement.toggleAttribute("data-curfew-veil", isVeiled);
    if (isVeiled) return;
    // Hidden elements lose the focus.
    (focused as HTMLElement | null)?.focus({ preventScroll: true });
    focused = null;
  };

  return {
    render: (next) => {
      moment = next;
      const { cover, open, known, isOnline } = next;
      const isVeiled = cover !== "none";
      veil(isVeiled);
      if (isVeiled || open || known.failures > 0 || !isOnline) ensure();
      shown?.render(next);
    },
    setWords: (others) => {
      words = others;
      shown?.setWords(others);
    },
    remove: async () => {
      clearTimeout(timer);
      await loading;
      shown?.remove();
    },
  };
}
