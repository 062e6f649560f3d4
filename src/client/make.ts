/** Makes an element. Markup as text would need a policy where a page requires trusted types. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const name in attributes) element.setAttribute(name, attributes[name] ?? "");
  element.append(...children);
  return element;
}

/** Sets an element's text. An equal text is not set again, because a screen reader could read it again. */
export function put(element: Node, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows or hides elements. */
export function show(isShown: boolean, ...elements: readonly HTMLElement[]): void {
  for (const element of elements) element.hidden = !isShown;
}
