import { createHash } from "node:crypto";

/** System colors only: they follow the reader's light, dark or high-contrast scheme without a script. */
const STYLES = `
.curfew {
  --_text: var(--curfew-color, CanvasText);
  --_back: var(--curfew-background, Canvas);
  --_line: var(--curfew-line, color-mix(in srgb, var(--_text) 30%, var(--_back)));
  --_quiet: var(--curfew-quiet, color-mix(in srgb, var(--_text) 6%, var(--_back)));
  --_accent: var(--curfew-accent, var(--_text));
  --_on-accent: var(--curfew-on-accent, var(--_back));
  --_radius: var(--curfew-radius, 0.25rem);
  --_gap: var(--curfew-gap, 1rem);
  color: var(--_text);
  overflow-wrap: anywhere;
}
.curfew, .curfew *, .curfew ::before, .curfew ::after { box-sizing: border-box; }
body.curfew {
  color-scheme: var(--curfew-color-scheme, light dark);
  margin: 0;
  background: var(--_back);
  font: 100%/1.5 var(--curfew-font, system-ui, sans-serif);
}
body.curfew > main { max-inline-size: 72rem; margin-inline: auto; padding: var(--_gap); }
.curfew nav, .curfew .row { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem var(--_gap); }
.curfew nav { margin-block-end: var(--_gap); border-block-end: 1px solid var(--_line); }
.curfew nav a { padding-block: 0.625rem; }
.curfew nav a[aria-current] { color: inherit; font-weight: 600; text-decoration: none; border-block-end: 2px solid var(--_accent); }
.curfew h2 { margin-block: 1.5rem 0.5rem; font-size: 1.25rem; }
.curfew button, .curfew .button, .curfew input, .curfew select { font: inherit; min-block-size: 2.75rem; max-inline-size: 100%; padding: 0.375rem 0.75rem; }
.curfew button, .curfew .button { display: inline-flex; align-items: center; border: 1px solid currentcolor; border-radius: var(--_radius); background: var(--_back); color: inherit; text-decoration: none; cursor: pointer; }
.curfew .primary { border-color: var(--_accent); background: var(--_accent); color: var(--_on-accent); }
.curfew input, .curfew select { border: 1px solid currentcolor; border-radius: var(--_radius); background: var(--_back); color: inherit; }
.curfew input[type="checkbox"], .curfew input[type="radio"] { flex: none; min-block-size: 0; inline-size: 1.25rem; block-size: 1.25rem; accent-color: var(--_accent); }
.curfew label.choice { display: flex; align-items: center; gap: 0.5rem; min-block-size: 2.75rem; }
.curfew :focus-visible { outline: 3px solid var(--_text); outline-offset: 2px; }
.curfew fieldset { min-inline-size: 0; margin: 0 0 var(--_gap); border: 1px solid var(--_line); border-radius: var(--_radius); }
.curfew legend { padding-inline: 0.25rem; font-weight: 600; }
.curfew .hint { margin-block: 0.25rem; font-size: 0.875rem; }
.curfew .note { margin-block: 0 var(--_gap); padding: 0.75rem 1rem; border: 1px solid var(--_line); border-inline-start: 0.375rem solid var(--_accent); border-radius: var(--_radius); background: var(--_quiet); }
.curfew .note > :first-child { margin-block-start: 0; }
.curfew .note > :last-child { margin-block-end: 0; }
.curfew table { inline-size: 100%; margin-block: var(--_gap); border-collapse: collapse; }
.curfew caption { padding-block: 0.5rem; font-weight: 600; text-align: start; }
.curfew th, .curfew td { padding: 0.5rem 0.75rem; border-block-end: 1px solid var(--_line); text-align: start; vertical-align: top; }
.curfew tbody th { font-weight: inherit; }
.curfew thead th { overflow-wrap: normal; }
.curfew td:first-child { min-inline-size: 8ch; }
.curfew td .button, .curfew td button { white-space: nowrap; }
.curfew .exact, .curfew .cause { font-size: 0.8125rem; }
.curfew table .exact, .curfew table .cause { display: block; }
.curfew .badge { display: inline-block; padding-inline: 0.375rem; border: 1px solid var(--_line); border-radius: var(--_radius); background: var(--_quiet); font-size: 0.75rem; }
@media (max-width: 56rem) {
  .curfew table, .curfew tbody, .curfew tr, .curfew th, .curfew td, .curfew caption { display: block; }
  .curfew thead { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
  .curfew tr { padding-block: 0.5rem; border-block-end: 1px solid var(--_line); }
  .curfew th, .curfew td { padding: 0.125rem 0; border: 0; }
  .curfew td[data-label]:not([data-label=""])::before { content: attr(data-label) ": "; font-size: 0.8125rem; }
  .curfew table .exact, .curfew table .cause { display: inline; }
}
@media (forced-colors: active) {
  .curfew .primary { forced-color-adjust: none; border-color: CanvasText; background: CanvasText; color: Canvas; }
  .curfew .badge { border-color: CanvasText; }
}
`;

/** Text of the style sheet. */
export const STYLE_TEXT = STYLES.trim().replaceAll(/\n\s*/g, "\n");

/** Name of the style sheet. It changes with the text, so browsers may keep the file for ever. */
export const STYLE_FILE = `pages-${createHash("sha256").update(STYLE_TEXT).digest("hex").slice(0, 10)}.css`;
