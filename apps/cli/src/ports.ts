/** @file Where `rollcast up` listens, and so where commands look when nobody says otherwise. Pure. */
export const UP_PORTS = {
  proxy: 3000,
  ingest: 3001,
  trainer: 3002,
  predictor: 3003,
  kafka: 9092,
  controller: 9093,
  redis: 6379,
} as const;

/** A port that `up` binds. */
export interface PortOfUp {
  readonly port: number;
  /** As people read it. */
  readonly owner: string;
  /** What to do where somebody else has it. */
  readonly wayOut: string;
}

/** The ports that `up` would bind.
 *  @param configured servers that it would not start */
export function portsOfUp(
  configured: { readonly kafka: boolean; readonly redis: boolean },
  proxy: number = UP_PORTS.proxy,
): PortOfUp[] {
  const { ingest, trainer, predictor, kafka, controller, redis } = UP_PORTS;
  const end = 'end what listens there';
  const useKafka = `${end}, or name a Kafka that runs with KAFKA_BROKERS`;
  const useRedis = `${end}, or name a Redis that runs with REDIS_URL`;
  return [
    { port: proxy, owner: 'the base URL', wayOut: '--port takes another' },
    { port: ingest, owner: 'ingest', wayOut: end },
    { port: trainer, owner: 'the trainer', wayOut: end },
    { port: predictor, owner: 'the predictor', wayOut: end },
    ...(configured.kafka
      ? []
      : [
          { port: kafka, owner: 'Kafka', wayOut: useKafka },
          { port: controller, owner: "Kafka's controller", wayOut: useKafka },
        ]),
    ...(configured.redis ? [] : [{ port: redis, owner: 'Redis', wayOut: useRedis }]),
  ];
}

export const DEFAULT_URL = `http://127.0.0.1:${UP_PORTS.proxy}`;
