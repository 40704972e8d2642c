export { createLogger, type LogFields, type Logger, type LogLevel } from './logger.ts'
export { createMetrics, type Labels, METRIC_HELP, type Metrics } from './metrics.ts'
