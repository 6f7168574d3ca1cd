/** @file Questions to the cluster and the few changes that we make to it.
 *
 *  kafkajs' admin client does not always survive a broker that went away under it; so a session is dropped with the
 *  first error and made anew with the next call.
 *
 *  Law: every call either answers or throws one of our errors; nothing here retries beyond one call. All names are
 *  unprefixed, except group ids, which carry the prefix too but are given without it. */
import type { Admin } from 'kafkajs';
import { RollcastError } from '#contracts';
import { kafkajs } from './kafkajs.js';
import { isOutage, classify, type ErrorPlace } from './classify.js';
import { answered, farewell, retrying } from './backoff.js';
import type { KafkaClient } from './client.js';

const { AssignerProtocol, ConfigResourceTypes } = kafkajs;

/** Whatever the admin client is asked: a hung connection must not hang us. */
const CALL_MS = 30_000;

/** Where a partition begins and ends. */
export interface PartitionBounds {
  readonly partition: number;
  /** First offset still held. */
  readonly low: bigint;
  /** Offset that the next record will get, transaction markers counted; or, where a transaction is open, that of its
   *  first record: kafkajs' admin client asks for what is committed, and can ask for nothing else. So what was
   *  acknowledged behind another's open transaction lies beyond this end until that one ends or times out. Whoever
   *  acknowledges to somebody else waits for its own record first (`writeThrough`). */
  readonly end: bigint;
}

/** A consumer group as its coordinator sees it now. */
export interface GroupView {
  readonly state: string;
  /** Unprefixed topic -> partitions, by member. */
  readonly members: ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;
}

/** Waiting messages of one partition. */
export interface PartitionLag {
  readonly partition: number;
  /** null: the group has not committed here yet. */
  readonly committed: bigint | null;
  readonly end: bigint;
  readonly lag: bigint;
}

/** A short-lived or long-lived admin; connect is implied, `close` ends it. */
export class KafkaAdmin {
  readonly #client: KafkaClient;
  #session: Promise<Admin> | null = null;

  constructor(client: KafkaClient) {
    this.#client = client;
  }

  /** One call on a connected session. Internal to this library: nothing outside sees kafkajs.
   *  @throws RollcastError, mostly BROKER_UNAVAILABLE or TOPIC_MISSING */
  async call<T>(act: (admin: Admin) => Promise<T>, place: ErrorPlace = {}): Promise<T> {
    const session = (this.#session ??= this.#connect());
    try {
      return await answered(CALL_MS, session.then(act), 'a call of the admin client');
    } catch (error) {
      const ours = classify(error, place);
      if (ours.code === 'BROKER_UNAVAILABLE' && this.#session === session) await this.close();
      throw ours;
    }
  }

  /** Names of all topics under the prefix. */
  async topicNames(): Promise<string[]> {
    const { prefix } = this.#client.names;
    const all = await this.call((admin) => admin.listTopics());
    return all.filter((name) => name.startsWith(prefix)).map((name) => this.#client.names.short(name));
  }

  /** Partition count; null when the topic does not exist. */
  async partitionCount(topic: string): Promise<number | null> {
    const full = this.#client.names.full(topic);
    const known = await this.call((admin) => admin.listTopics());
    if (!known.includes(full)) return null;
    const { topics } = await this.call((admin) => admin.fetchTopicMetadata({ topics: [full] }), { topic });
    return topics.find((found) => found.name === full)?.partitions.length ?? null;
  }

  /** Low and end offset of every partition, in order.
   *  @throws TOPIC_MISSING */
  async bounds(topic: string): Promise<PartitionBounds[]> {
    const full = this.#client.names.full(topic);
    const found = await this.call((admin) => admin.fetchTopicOffsets(full), { topic });
    return found
      .map(({ partition, low, high }) => ({ partition, low: BigInt(low), end: BigInt(high) }))
      .sort((a, b) => a.partition - b.partition);
  }

  /** Of one partition.
   *  @throws TOPIC_MISSING, also where the topic has no such partition */
  async boundsOf(topic: string, partition: number): Promise<PartitionBounds> {
    const found = (await this.bounds(topic)).find((one) => one.partition === partition);
    if (found !== undefined) return found;
    throw new RollcastError('TOPIC_MISSING', { topic, problem: `it has no partition ${partition}` });
  }

  /** Offset of the first record appended at or after `timestamp` (milliseconds), by partition; the end where none is.
   *  @throws TOPIC_MISSING */
  async offsetsAt(topic: string, timestamp: number): Promise<Map<number, bigint>> {
    const full = this.#client.names.full(topic);
    const found = await this.call((admin) => admin.fetchTopicOffsetsByTimestamp(full, timestamp), { topic });
    return new Map(found.map(({ partition, offset }) => [partition, BigInt(offset)]));
  }

  /** Offsets that a group committed, by partition; a partition without one is absent. */
  async groupOffsets(groupId: string, topic: string): Promise<Map<number, bigint>> {
    const full = this.#client.names.full(topic);
    const found = await this.call(
      (admin) => admin.fetchOffsets({ groupId: this.#client.names.full(groupId), topics: [full] }),
      { topic },
    );
    const partitions = found.find((one) => one.topic === full)?.partitions ?? [];
    // Kafka answers -1 for "none"; kafkajs itself may have committed -1 or -2 after an offset out of range.
    const committed = partitions.filter(({ offset }) => BigInt(offset) >= 0n);
    return new Map(committed.map(({ partition, offset }) => [partition, BigInt(offset)]));
  }

  /** How far a group is behind, by partition. Transaction markers count: a group that is done may show one. */
  async lag(groupId: string, topic: string): Promise<PartitionLag[]> {
    const [bounds, offsets] = await Promise.all([this.bounds(topic), this.groupOffsets(groupId, topic)]);
    return bounds.map(({ partition, low, end }) => {
      const committed = offsets.get(partition) ?? null;
      const from = committed === null || committed < low ? low : committed;
      return { partition, committed, end, lag: end > from ? end - from : 0n };
    });
  }

  /** Who owns what in a group, as of now. */
  async group(groupId: string): Promise<GroupView> {
    const { names } = this.#client;
    const { groups } = await this.call((admin) => admin.describeGroups([names.full(groupId)]));
    const found = groups[0];
    const members = new Map<string, ReadonlyMap<string, readonly number[]>>();
    for (const member of found?.members ?? []) {
      const decoded = AssignerProtocol.MemberAssignment.decode(member.memberAssignment);
      const byTopic = Object.entries(decoded?.assignment ?? {});
      members.set(member.memberId, new Map(byTopic.map(([topic, list]) => [names.short(topic), list])));
    }
    return { state: found?.state ?? 'Unknown', members };
  }

  /** Configuration of a topic as the broker runs it, defaults included.
   *  @throws TOPIC_MISSING */
  async topicConfigs(topic: string): Promise<Map<string, string>> {
    const name = this.#client.names.full(topic);
    const { resources } = await this.call(
      (admin) =>
        admin.describeConfigs({
          includeSynonyms: false,
          resources: [{ type: ConfigResourceTypes.TOPIC, name }],
        }),
      { topic },
    );
    const entries = resources[0]?.configEntries ?? [];
    return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
  }

  /** Waits until the cluster answers metadata and a group coordinator has loaded.
   *  @throws BROKER_UNAVAILABLE with the last problem when the deadline passes */
  async untilReady(deadlineMs: number, signal?: AbortSignal): Promise<void> {
    const probe = async () => {
      await this.call((admin) => admin.describeCluster());
      await this.call((admin) => admin.describeGroups([this.#client.names.full('readiness')]));
    };
    await retrying(probe, {
      isFinal: (error) => !isOutage(error),
      deadlineMs,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** Ends the session; a later call opens a new one. */
  async close(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    if (session !== null) await farewell(session.then((admin) => admin.disconnect()));
  }

  async #connect(): Promise<Admin> {
    const admin = this.#client.admin();
    await admin.connect();
    return admin;
  }
}
