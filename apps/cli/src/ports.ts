/** @file Where `rollcast up` listens, and so where commands look when nobody says otherwise. */
export const UP_PORTS = {
  proxy: 3000,
  ingest: 3001,
  trainer: 3002,
  predictor: 3003,
  kafka: 9092,
  controller: 9093,
  redis: 6379,
} as const;

export const DEFAULT_URL = `http://127.0.0.1:${UP_PORTS.proxy}`;
