/** Writes the values of a draft into its form. */
import { isBox, isSelect, type Control, type Editor, type Fields } from "./editors.js";

/** Writes values. @returns the first field that has changed */
export function writeFields(editor: Editor, fields: Fields): HTMLElement | null {
  let first: HTMLElement | null = null;
  for (const [name, control] of editor.controls?.() ?? []) {
    const value = fields[name];
    // A radio button that was chosen in this loop has changed its group.
    if (value === undefined || value === editor.read()[name]) continue;
    setValue(control, value);
    first ??= control;
  }
  if (!editor.write) return first;
  editor.write(fields["text"] ?? "");
  return editor.element;
}

function setValue(control: Control, value: string): void {
  if (isBox(control)) {
    // A click is the only change of a box that every framework notices.
    control.click();
    return;
  }
  if (isSelect(control)) {
    const chosen = JSON.parse(value) as string[];
    for (const option of control.options) option.selected = chosen.includes(option.value);
  }
  // The setter of the prototype: frameworks replace the element's own setter to ignore changes of their own.
  else Reflect.set(Object.getPrototypeOf(control) as object, "value", value, control);
  for (const type of ["input", "change"]) control.dispatchEvent(new Event(type, { bubbles: true }));
}
