import { COMMON_CSS } from "./styles.js";

/** Styles of the custom element of the dialog. */
export const ELEMENT_CSS =
  COMMON_CSS +
  "*{box-sizing:border-box}" +
  "[hidden]{display:none!important}" +
  "dialog{inline-size:28rem;padding:1.5rem}" +
  "dialog::backdrop{background:#0009}" +
  "[part=countdown]{font-size:1.5rem}" +
  "div{display:flex;flex-wrap:wrap;align-items:center;gap:.75rem}" +
  "[part=input]{display:block;inline-size:100%}" +
  "[part=veil],[part=banner]{position:fixed;inset:auto 0 0;z-index:2147483647;padding:1rem}" +
  "[part=veil]{inset:0;flex-direction:column;justify-content:center}" +
  "@media(prefers-reduced-motion:no-preference){dialog{animation:f .15s}@keyframes f{from{opacity:0}}}";
