export { deliveryMetricsRoutes } from './delivery-metrics.ts'
export { deliveryOverviewRoutes } from './delivery-overview.ts'
export { eventVolumeRoutes } from './event-volume.ts'
export { latencyRoutes } from './latency.ts'
