/** Style sheets. They are constructed, because a strict Content Security Policy forbids `<style>`. */

/** Hides the page behind the veil, an app's own modal dialogs too. */
export const VEIL_CSS = `:root[data-curfew-veil] body,:root[data-curfew-veil] body *{visibility:hidden!important}`;

/**
 * Styles of all elements of this package. System colours follow light, dark and high-contrast schemes. In forced colours
 * browsers paint a plate behind each text, which would hide the primary button's text.
 */
export const COMMON_CSS =
  ":host{all:initial;color-scheme:var(--curfew-color-scheme,light dark);font:var(--curfew-font,1rem/1.5 system-ui,sans-serif)}" +
  "[part=dialog],[part=draft],[part=veil],[part=banner]{background:var(--curfew-background,Canvas);color:var(--curfew-text,CanvasText)}" +
  "h2,p{margin:0 0 .75rem;overflow-wrap:anywhere}" +
  "[part~=button],[part=input]{font:inherit;min-block-size:2.75rem;padding:.5rem 1rem;background:0 0;color:inherit;text-decoration:none}" +
  "[part~=primary]{background:var(--curfew-accent,CanvasText);color:var(--curfew-accent-text,Canvas)}" +
  "[part=dialog],[part=draft],[part~=button],[part=input]{border:1px solid;border-radius:var(--curfew-radius,.5rem)}" +
  ":focus-visible{outline:3px solid var(--curfew-text,CanvasText);outline-offset:2px}" +
  "[part=live]{position:absolute;clip-path:inset(50%)}" +
  "@media(forced-colors:active){[part~=primary]{forced-color-adjust:none;background:CanvasText;color:Canvas}}";

/** Makes a style sheet. */
export function sheetOf(css: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
}
