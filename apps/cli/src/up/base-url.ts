/** @file Everything that runs, behind one base URL: topics, the three services, the proxy.
 *
 *  Law: when it resolves, work gets done and the base URL answers; whatever was begun is in `closing`. */
import { mkdirSync } from 'node:fs';
import type { ServiceName } from '#contracts';
import type { KafkaSettings } from '#kafka';
import { unlessAborted } from '#platform';
import type { Closing } from '../closing.js';
import type { Context } from '../context.js';
import { CommandFailed } from '../failures.js';
import { type KafkaAccess, openKafka } from '../kafka-access.js';
import { startProxy } from '../proxy.js';
import { startServices } from '../services/services.js';
import { serviceEnvironment } from '../surroundings.js';
import { prepareTopics } from '../topic-plans.js';

export interface BaseUrlOptions {
  readonly kafka: KafkaSettings;
  readonly redisUrl: string;
  readonly prefix: string;
  readonly partitions: number;
  readonly modelStore: string;
  readonly logFolder: string;
  readonly ports: Readonly<Record<ServiceName, number>> & { readonly proxy: number };
}

export interface BaseUrl {
  readonly url: string;
  readonly access: KafkaAccess;
  /** Aborted by Ctrl-C, or when a service dies; the reason is an error to throw. */
  readonly signal: AbortSignal;
}

/** @param onCreated told with the number of topics, before anything is written to them */
export async function startBehindBaseUrl(
  options: BaseUrlOptions,
  closing: Closing,
  context: Context,
  onCreated: (topics: number, access: KafkaAccess) => void = () => undefined,
): Promise<BaseUrl> {
  const { kafka, redisUrl, prefix, partitions, modelStore, logFolder, ports } = options;
  for (const folder of [modelStore, logFolder]) mkdirSync(folder, { recursive: true });
  const access = openKafka({ ...kafka, prefix }, context, closing);
  onCreated(await unlessAborted(prepareTopics(access, partitions), context.signal), access);
  const world = { brokers: kafka.brokers, redisUrl, prefix, modelStore, ports };
  const env = (service: ServiceName) => serviceEnvironment(service, world, context.env);
  const { urls, signal } = await startServices({ env, logFolder }, closing, context.signal);
  const proxy = await startProxy(urls, { host: '127.0.0.1', port: ports.proxy }).catch((error: unknown) => {
    throw new CommandFailed(
      `cannot listen on port ${ports.proxy}: ${(error as Error).message} (--port takes another)`,
    );
  });
  closing.add('the proxy', () => proxy.close());
  return { url: proxy.url, access, signal };
}
