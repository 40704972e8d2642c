/** Every limit of the Tracking API, with the defaults of the reliability contract (4.1, S1, S2, S6). */

export interface TrackingLimits {
  /** Largest body of a request with one event, in bytes, as sent and after decompression. Default 64 KB. */
  readonly singleBytesMax: number
  /** Largest body of a batch or import, likewise. Default 4 MiB. */
  readonly batchBytesMax: number
  /** Segment's own limit for a batch: a larger one is accepted and counted. Default 500 KB. */
  readonly segmentBatchBytesMax: number
  /** Most bytes of JSON that one request may add to the log; events beyond it are `batch_overflow`. Default 16 MiB. */
  readonly storedBytesMax: number
  /** Longest write key that is looked up, in characters. Default 256. */
  readonly writeKeyCharsMax: number

  /** Headers, in bytes. Default 16 KB. */
  readonly headerBytesMax: number
  /** How long the headers may take, in milliseconds. Default 10 s. */
  readonly headersTimeoutMs: number
  /** How long the whole request may take, in milliseconds. Default 30 s. */
  readonly requestTimeoutMs: number
  /** How often these two are looked at, in milliseconds. Default 1 s. */
  readonly checkIntervalMs: number
  /** How long an idle connection is kept, in milliseconds. Default 65 s: longer than the usual load balancer's 60. */
  readonly keepAliveMs: number
  /** Age from which a body must keep to `bodyRateMin`, in milliseconds. Default 5 s. */
  readonly bodyGraceMs: number
  /** Slowest body, in bytes as sent per second on average. Default 500. */
  readonly bodyRateMin: number
  /** How long a sender may go on sending after an answer that closes, in milliseconds, so that it can read it. Default 1 s. */
  readonly lingerMs: number
  /** How much it may send in that time, in bytes. Default 8 MiB. */
  readonly lingerBytesMax: number

  /** Connections of one address. Default 256; none for trusted proxies. */
  readonly socketsPerAddressMax: number
  /** Connections in all. Default 10,000. */
  readonly socketsMax: number
  /** Bytes of bodies held for requests that are not answered yet. Default 64 MiB. */
  readonly inFlightBytesMax: number
  /** Requests not answered yet. Default 5,000. */
  readonly inFlightRequestsMax: number

  /** Events of one source a second, on average. Default 100,000. */
  readonly sourceEventsPerSecond: number
  /** Requests of one address a second, on average. Default 50,000. */
  readonly addressRequestsPerSecond: number
  /** Requests with an unknown write key of one address a second, on average. Default 20. */
  readonly unknownKeysPerSecond: number
  /** How much of a rate may be used at once, in milliseconds of it. Default 2 s. */
  readonly burstMs: number
  /** Sources or addresses of which a rate is remembered, per limit. Default 50,000. */
  readonly ratesRememberedMax: number
}

export const DEFAULT_LIMITS: TrackingLimits = {
  singleBytesMax: 64 * 1024,
  batchBytesMax: 4 * 1024 ** 2,
  segmentBatchBytesMax: 500 * 1024,
  storedBytesMax: 16 * 1024 ** 2,
  writeKeyCharsMax: 256,
  headerBytesMax: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  checkIntervalMs: 1_000,
  keepAliveMs: 65_000,
  bodyGraceMs: 5_000,
  bodyRateMin: 500,
  lingerMs: 1_000,
  lingerBytesMax: 8 * 1024 ** 2,
  socketsPerAddressMax: 256,
  socketsMax: 10_000,
  inFlightBytesMax: 64 * 1024 ** 2,
  inFlightRequestsMax: 5_000,
  sourceEventsPerSecond: 100_000,
  addressRequestsPerSecond: 50_000,
  unknownKeysPerSecond: 20,
  burstMs: 2_000,
  ratesRememberedMax: 50_000,
}
