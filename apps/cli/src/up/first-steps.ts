/** @file What to type when everything runs and nothing has been published yet. Pure. */
import { DEFAULT_URL } from '../ports.js';

export interface Address {
  readonly url: string;
  readonly brokers: readonly string[];
  readonly prefix: string;
}

/** Lines to copy: a definition, a first reading by curl and by kcat, a file, the way out. */
export function firstSteps({ url, brokers, prefix }: Address): string[] {
  const [broker = ''] = brokers;
  const reading =
    '{"stream":"room","series":"attic","time":"2026-01-01T00:00:00Z","values":{"celsius":19.5}}';
  const definition =
    '{"frequency":"1m","channels":[{"name":"celsius","unit":"°C","min":-40,"max":60,"decimals":2}]}';
  const json = "-H 'content-type: application/json'";
  return [
    'define a stream:',
    `  curl -X PUT ${url}/v1/streams/room ${json} \\`,
    `    -d '${definition}'`,
    'publish a reading, over HTTP or to Kafka:',
    `  curl ${url}/v1/streams/room/readings ${json} \\`,
    `    -d '[${reading}]'`,
    `  echo '${reading}' | \\`,
    `    kcat -P -b ${broker} -t ${prefix}readings -X topic.partitioner=murmur2_random`,
    'or replay a file, and watch what comes out:',
    `  npx rollcast replay data/nyc-weather-2013.csv.gz --stream weather --create${url === DEFAULT_URL ? '' : ` --url ${url}`}`,
    `  kcat -C -b ${broker} -t ${prefix}forecasts -o end`,
  ];
}
