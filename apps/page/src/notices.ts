/** @file What does not work at the moment, said once and plainly, until it works again. */
import { element, KeyedRows } from './elements.js';

export class Notices {
  readonly node = element('div', { class: 'notices', role: 'status', 'data-testid': 'notices' });
  readonly #sentences = new Map<string, string>();
  readonly #rows = new KeyedRows<string>(
    this.node,
    (text) => text,
    (text) => ({ node: element('p', {}, text), update: () => {} }),
  );

  /** @param what the thing that is asked for, as a noun: 'streams', 'training jobs'
   *  @param sentence null: it works again */
  set(what: string, sentence: string | null): void {
    if (sentence === null) this.#sentences.delete(what);
    else this.#sentences.set(what, sentence);
    // One outage fails every request: one line for each sentence, not for each request.
    const whats = new Map<string, string[]>();
    for (const [name, text] of this.#sentences) whats.set(text, [...(whats.get(text) ?? []), name]);
    this.#rows.show(
      [...whats].map(([text, names]) => `Not up to date: ${names.join(', ')}; trying again. ${text}`),
    );
    this.node.hidden = whats.size === 0;
  }
}
