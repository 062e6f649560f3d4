/** Styles of the custom element: system colours, so that light, dark and forced colours need no rules. */
export const ELEMENT_CSS =
  ":host{all:initial;color-scheme:var(--curfew-color-scheme,light dark);font:var(--curfew-font,1rem/1.5 system-ui,sans-serif)}" +
  "*{box-sizing:border-box}" +
  "[hidden]{display:none!important}" +
  "dialog,div:not([part=row]){background:var(--curfew-background,Canvas);color:var(--curfew-text,CanvasText)}" +
  "dialog{inline-size:28rem;max-inline-size:calc(100vw - 2rem);padding:1.5rem;border:1px solid}" +
  "dialog::backdrop{background:rgb(0 0 0/.6)}" +
  "h2,p{margin:0 0 .75rem;overflow-wrap:anywhere}" +
  "[part=countdown]{font-size:1.5rem}" +
  "div{display:flex;flex-wrap:wrap;align-items:center;gap:.75rem}" +
  "[part~=button],[part=input]{font:inherit;min-block-size:2.75rem;padding:.5rem 1rem;border:1px solid;background:0 0;color:inherit;text-decoration:none}" +
  "[part=input]{display:block;inline-size:100%}" +
  "[part~=primary]{background:var(--curfew-accent,CanvasText);color:var(--curfew-accent-text,Canvas)}" +
  "dialog,[part~=button],[part=input]{border-radius:var(--curfew-radius,.5rem)}" +
  ":focus-visible{outline:3px solid Highlight;outline-offset:2px}" +
  "[part=veil],[part=banner]{position:fixed;inset:auto 0 0;z-index:2147483647;padding:1rem}" +
  "[part=veil]{inset:0;flex-direction:column;justify-content:center}" +
  "[part=live]{position:absolute;clip-path:inset(50%)}" +
  "@media(prefers-reduced-motion:no-preference){dialog{animation:f .15s}@keyframes f{from{opacity:0}}}";
