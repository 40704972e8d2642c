const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB']
const STEP = 1024

/** Its largest unit, with one decimal below ten: `1.5 GB`, `64 GB`. */
export function bytes(value: number): string {
  const place = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log(value) / Math.log(STEP)))
  const scaled = value / STEP ** place
  const digits = place === 0 || scaled >= 10 ? 0 : 1
  return `${scaled.toLocaleString('en', { maximumFractionDigits: digits })} ${UNITS[place]}`
}
