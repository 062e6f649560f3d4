/** Reads and writes the fields of a form, and the text of an app's own editor. */

/** The values of an editor by field. Each value is a text, so that two readings compare as JSON. */
export type Fields = Readonly<Record<string, string>>;

/** An editor of the app's own, such as a rich text editor. */
export interface DraftEditor {
  /** The editor's element. The offer appears above it, and its `input` and `change` events show that a person has edited. */
  readonly element: HTMLElement;
  /** Returns the editor's text. */
  read(): string;
  /** Replaces the editor's text. */
  write(text: string): void;
}

/** An editor as drafts use it. */
export interface Editor {
  readonly element: HTMLElement;
  /** The values that the page came with. */
  readonly loaded: Fields;
  read(): Fields;
  /** Returns a form's controls by the names of their fields. */
  controls?(): Map<string, Control>;
  /** Replaces the text of the app's own editor. */
  write?(text: string): void;
}

/** A control of a form. */
export type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const CONTROLS = /^(?:input|textarea|select)$/;
const NEVER_TYPES = /^(?:password|file|hidden|submit|button|image|reset)$/;
/** Parts of names and of `autocomplete` that secrets have. A page may show a password in a text field. */
const NEVER_NAMES = /passw|pwd|one-time|otp|\bcc-|cvc|cvv|csrf|token/i;
/** Fields that are never empty, so their default says nothing. */
const NEVER_EMPTY = /^(?:color|range)$/;

/** Returns an editor of a form, or of the app's own editor. */
export function editorOf(target: HTMLFormElement | DraftEditor): Editor {
  if (!(target instanceof HTMLFormElement)) return ownEditor(target);
  const form = target;
  return {
    element: form,
    loaded: valuesOf(form, defaultOf),
    read: () => valuesOf(form, valueOf),
    controls: () => controlsOf(form),
  };
}

function ownEditor(editor: DraftEditor): Editor {
  const read = (): Fields => ({ text: editor.read() });
  return { element: editor.element, loaded: read(), read, write: (text) => editor.write(text) };
}

/** Returns a form's controls with a name for each. Controls of one name are numbered. */
function controlsOf(form: HTMLFormElement): Map<string, Control> {
  const controls = new Map<string, Control>();
  for (const element of form.elements) {
    if (!CONTROLS.test(element.localName)) continue;
    const control = element as Control;
    const { name, id, type, autocomplete } = control;
    const isSecret = NEVER_TYPES.test(type) || NEVER_NAMES.test(`${name} ${id} ${autocomplete}`);
    const label = name || id;
    if (isSecret || !label || control.closest("[data-curfew-nodraft]")) continue;
    let number = 0;
    while (controls.has(`${label} ${String(number)}`)) number++;
    controls.set(`${label} ${String(number)}`, control);
  }
  return controls;
}

function valuesOf(form: HTMLFormElement, read: (control: Control) => string): Fields {
  return Object.fromEntries([...controlsOf(form)].map(([name, control]) => [name, read(control)]));
}

/** True if the control is a list of options. */
export const isSelect = (control: Control): control is HTMLSelectElement => control.localName === "select";
/** True if the control is checked or not. */
export const isBox = ({ type }: Control): boolean => type === "checkbox" || type === "radio";

function valueOf(control: Control): string {
  if (isSelect(control)) return JSON.stringify([...control.selectedOptions].map(({ value }) => value));
  return isBox(control) ? String((control as HTMLInputElement).checked) : control.value;
}

/** Returns the value that the server sent. A browser may have filled in another value already. */
function defaultOf(control: Control): string {
  if (isSelect(control)) {
    const marked = [...control.options].filter(({ defaultSelected }) => defaultSelected);
    const [first] = control.options;
    if (marked.length === 0 && !control.multiple && first) marked.push(first);
    return JSON.stringify(marked.map(({ value }) => value));
  }
  if (isBox(control)) return String((control as HTMLInputElement).defaultChecked);
  return NEVER_EMPTY.test(control.type) ? control.value : control.defaultValue;
}
