/** @file Whether a partition is ours right now, by the group coordinator's own list.
 *
 *  After a transaction failed, no join may follow (an owner's producer also dies of a transaction time-out); and a
 *  process that was frozen past its session believes that it still owns what another has taken.
 *
 *  Law: a partition is opened again only after the coordinator has listed this member as its owner in a stable
 *  group; a zombie must never fence the rightful owner back. */
import type { GroupView, KafkaAdmin } from './admin.js';

/** Pure part: what the coordinator's list says. */
export function owns(group: GroupView, memberId: string, topic: string, partition: number): boolean {
  return group.state === 'Stable' && (group.members.get(memberId)?.get(topic)?.includes(partition) ?? false);
}

/** Asks the coordinator; questions asked at the same moment share one request. */
export class Ownership {
  readonly #admin: Pick<KafkaAdmin, 'group'>;
  readonly #groupId: string;
  #asking: Promise<GroupView> | null = null;

  constructor(admin: Pick<KafkaAdmin, 'group'>, groupId: string) {
    this.#admin = admin;
    this.#groupId = groupId;
  }

  /** @throws BROKER_UNAVAILABLE */
  async isOurs(memberId: string, topic: string, partition: number): Promise<boolean> {
    this.#asking ??= this.#admin.group(this.#groupId).finally(() => {
      this.#asking = null;
    });
    return owns(await this.#asking, memberId, topic, partition);
  }
}
