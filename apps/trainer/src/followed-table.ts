/** @file A compacted topic that this service follows, and what health says of it.
 *
 *  Law: `waiting` until everything that was in the topic at the start is read, and while the broker is away. */
import { CompactedTable, type KafkaClient } from '#kafka';
import type { Health } from '#platform';

export interface FollowedTable {
  readonly table: CompactedTable;
  /** Calls back after every change. @returns ends it */
  onChange(listener: () => void): () => void;
}

/** Begins to follow; an outage is waited out.
 *  @param topic also the name of its indicator */
export function followTable(client: KafkaClient, health: Health, topic: string): FollowedTable {
  const listeners = new Set<() => void>();
  let problem: string | null = null;
  let read = false;
  const table = new CompactedTable(client, {
    topic,
    onChange: () => listeners.forEach((listener) => listener()),
    onState: (state) => (problem = state === null ? null : state.message),
  });
  health.register(topic, () => {
    if (problem !== null) return { status: 'waiting', detail: problem };
    return read ? { status: 'up' } : { status: 'waiting', detail: `topic "${topic}" is being read` };
  });
  table.ready().then(
    () => (read = true),
    // Stopped before: nobody asks any more.
    () => undefined,
  );
  return {
    table,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
