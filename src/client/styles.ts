/** Style sheets. They are constructed, because a strict Content Security Policy forbids `<style>`. */

/** Hides the page behind the veil, an app's own modal dialogs too. */
export const VEIL_CSS = `:root[data-curfew-veil] body,:root[data-curfew-veil] body *{visibility:hidden!important}`;

/** Makes a style sheet. */
export function sheetOf(css: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
}
