import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyedRows } from './elements.js';

/** As much of an element as a list of rows needs, counting how often a node is put somewhere. */
class FakeNode {
  parent: FakeParent | null = null;
  constructor(readonly key: string) {}
  get nextElementSibling(): FakeNode | null {
    const siblings = this.parent?.children ?? [];
    return siblings[siblings.indexOf(this) + 1] ?? null;
  }
  remove() {
    if (this.parent !== null) this.parent.children = this.parent.children.filter((node) => node !== this);
    this.parent = null;
  }
}

class FakeParent {
  children: FakeNode[] = [];
  placed = 0;
  get firstElementChild(): FakeNode | null {
    return this.children[0] ?? null;
  }
  insertBefore(node: FakeNode, before: FakeNode | null) {
    node.remove();
    node.parent = this;
    this.children.splice(before === null ? this.children.length : this.children.indexOf(before), 0, node);
    this.placed += 1;
  }
}

const keys = fc.uniqueArray(fc.constantFrom(...'abcdefghij'), { maxLength: 10 });

function list() {
  const parent = new FakeParent();
  const updates: string[] = [];
  const rows = new KeyedRows<string>(
    parent as unknown as HTMLElement,
    (key) => key,
    (key) => ({
      node: new FakeNode(key) as unknown as HTMLElement,
      update: (item) => updates.push(item),
    }),
  );
  return { parent, rows, updates };
}

test('rows follow the items through any changes, and what stays is the same element', () => {
  fc.assert(
    fc.property(fc.array(keys, { maxLength: 8 }), (changes) => {
      const { parent, rows, updates } = list();
      for (const items of changes) {
        const before = new Map(parent.children.map((node) => [node.key, node]));
        updates.length = 0;
        rows.show(items);
        expect(parent.children.map((node) => node.key)).toEqual(items);
        expect(updates).toEqual(items);
        for (const node of parent.children) {
          if (before.has(node.key)) expect(before.get(node.key)).toBe(node);
        }
      }
    }),
  );
});

test('nothing is moved where nothing changed its place: a move would drop the focus', () => {
  fc.assert(
    fc.property(keys, fc.nat(10), (items, gone) => {
      const { parent, rows } = list();
      rows.show(items);
      parent.placed = 0;
      rows.show(items);
      rows.show(items.filter((_, index) => index !== gone));
      expect(parent.placed).toBe(0);
    }),
  );
});
