/** @file The settings of the local broker: one node that is broker and controller, for one machine.
 *
 *  Law: nothing listens beyond 127.0.0.1, and topics exist only because somebody created them. Internal topics have
 *  one replica (there is one node) and four partitions (the default fifty costs seconds at each start). */

export interface BrokerPlace {
  readonly port: number;
  readonly controllerPort: number;
  readonly dataFolder: string;
}

/** The broker's server.properties. */
export function serverProperties({ port, controllerPort, dataFolder }: BrokerPlace): string {
  const settings: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    // Backslashes escape in a properties file.
    'log.dirs': dataFolder.replaceAll('\\', '\\\\'),
    'num.partitions': 1,
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // A lone consumer need not wait for others.
    'group.initial.rebalance.delay.ms': 0,
    // Tests take over from killed consumers; the default minimum of 6 s would be their waiting time.
    'group.min.session.timeout.ms': 1_000,
    // A killed broker that comes back must wait until its old session has expired: 13 s by default, measured.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    // The default 128 MB would be half of the heap.
    'log.cleaner.dedupe.buffer.size': 4 * 1024 * 1024,
    'log.cleaner.threads': 1,
    // Compaction soon enough to be seen by a test.
    'log.cleaner.backoff.ms': 500,
    'log.initial.task.delay.ms': 1_000,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Java's own options: a small heap, and the log settings. */
export function javaOptions(logSettingsFile: string): string[] {
  return [
    '-Xmx256m',
    '-Xms256m',
    '-XX:+UseG1GC',
    // No attach socket or performance file left in the temporary folder by a killed broker.
    '-XX:-UsePerfData',
    `-Dlog4j2.configurationFile=${logSettingsFile}`,
  ];
}

/** Warnings, and the lines that say where the start has got to. */
export const LOG_SETTINGS = `status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %p %c{1} %m%n
rootLogger.level=warn
rootLogger.appenderRef.out.ref=out
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=info
logger.log.name=org.apache.kafka.storage.internals.log
logger.log.level=error
`;
