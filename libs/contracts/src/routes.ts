/** @file Which service owns which path: one base URL for people, always. `up` and `demo` put a proxy before the
 *  three services from this table, and so does an ingress. */

export type ServiceName = 'ingest' | 'trainer' | 'predictor';

export interface Route {
  /** Path pattern with `:name` segments; a trailing `/*` also takes everything below. */
  readonly path: string;
  readonly service: ServiceName;
  readonly what: string;
}

/** The first match wins. */
export const ROUTES = [
  { path: '/v1/streams', service: 'ingest', what: 'stream definitions' },
  { path: '/v1/streams/:stream', service: 'ingest', what: 'one definition: GET, PUT, DELETE' },
  { path: '/v1/streams/:stream/readings', service: 'ingest', what: 'publish readings' },
  {
    path: '/v1/streams/:stream/training-jobs/*',
    service: 'trainer',
    what: 'request, watch and cancel trainings',
  },
  { path: '/v1/streams/:stream/models/*', service: 'trainer', what: 'model versions and the champion' },
  { path: '/v1/streams/:stream/series/*', service: 'predictor', what: 'latest forecasts' },
  { path: '/v1/forecasts/events', service: 'predictor', what: 'forecasts as server-sent events' },
  { path: '/board/*', service: 'trainer', what: "the queue's board" },
  { path: '/*', service: 'predictor', what: 'the live page' },
] as const satisfies readonly Route[];

/** The service that answers a path (without its query string). */
export function ownerOf(path: string): ServiceName {
  const parts = path.split('/').filter((part) => part !== '');
  const route = ROUTES.find(({ path: pattern }) => {
    const open = pattern.endsWith('/*');
    const wanted = pattern.split('/').filter((part) => part !== '' && part !== '*');
    if (open ? parts.length < wanted.length : parts.length !== wanted.length) return false;
    return wanted.every((part, index) => part.startsWith(':') || part === parts[index]);
  });
  return route?.service ?? 'predictor';
}
