import { html, type Html } from "./html.js";

/** Returns an option of a selection. */
export function option(value: string, label: string, isSelected = false): Html {
  return html`<option value="${value}" ${isSelected && html`selected`}>${label}</option>`;
}
