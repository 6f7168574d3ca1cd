/** @file Elements without a framework: make one, and keep a list of them in step with data.
 *
 *  Law: text only ever enters as text nodes, so names from the wire cannot become markup; and an element that stays
 *  in a list stays the same element, so focus and scroll survive every refresh. */

export type Child = Node | string | null;

/** Attributes as in HTML; `true` writes an empty attribute, `false` leaves it out. */
export type Attributes = Readonly<Record<string, string | boolean>>;

/** @example element('p', { class: 'note' }, 'No forecast yet.') */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** Sets the text only where it differs: a live region is not read out again for nothing. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Shows an element, or takes it out of the page and of the accessibility tree. */
export function setShown(node: HTMLElement, shown: boolean): void {
  if (node.hidden === shown) node.hidden = !shown;
}

/** One element of a list, with what changes it. */
export interface Row<Item> {
  readonly node: HTMLElement;
  update(item: Item): void;
}

/** Children of one parent, one for each item, by key. */
export class KeyedRows<Item> {
  readonly #rows = new Map<string, Row<Item>>();

  constructor(
    private readonly parent: HTMLElement,
    private readonly keyOf: (item: Item) => string,
    private readonly create: (item: Item) => Row<Item>,
  ) {}

  /** Creates, updates, orders and removes rows so that they match the items. */
  show(items: readonly Item[]): void {
    const wanted = new Set(items.map(this.keyOf));
    for (const [key, row] of this.#rows) {
      if (wanted.has(key)) continue;
      row.node.remove();
      this.#rows.delete(key);
    }
    let place = this.parent.firstElementChild;
    for (const item of items) {
      const key = this.keyOf(item);
      let row = this.#rows.get(key);
      if (row === undefined) {
        row = this.create(item);
        this.#rows.set(key, row);
      }
      row.update(item);
      // Moving a node drops its focus, so it is only moved when it is elsewhere.
      if (row.node === place) place = place.nextElementSibling;
      else this.parent.insertBefore(row.node, place);
    }
  }
}
