/** Creates elements from untrusted text: it is set as text, never as markup. */

export type Child = Node | string | undefined;

/** An element with a class and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className: string,
  ...children: ReadonlyArray<Child>
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  for (const child of children) if (child !== undefined) made.append(child);
  return made;
}

export function button(label: string, className: string, onClick: () => void): HTMLButtonElement {
  const made = element("button", className, label);
  made.type = "button";
  made.addEventListener("click", onClick);
  return made;
}

/** A link out of the page. The address is one of the project's own. */
export function link(text: string, address: string): HTMLAnchorElement {
  const made = element("a", "", text);
  made.href = address;
  made.target = "_blank";
  made.rel = "noopener noreferrer";
  return made;
}

/** Input text for display: shortened, and without characters that would change the display of others. */
export function shown(text: string, maxLength = 120): string {
  const half = (maxLength - 1) >> 1;
  const short =
    text.length > maxLength ? `${text.slice(0, half)}…${text.slice(text.length - half)}` : text;
  return short.replace(unsafe, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Control characters, characters without width, those that change the direction, and lone surrogates. */
const unsafe =
  /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

/** A text of the input as code. */
export function code(text: string, maxLength?: number): HTMLElement {
  // Empty IDs need a visible placeholder.
  return element("code", "", text === "" ? "(empty)" : shown(text, maxLength));
}
