/** What this console knows of single kinds of destinations beyond what the catalog says. */
import type { Destination } from './api/destinations.ts'

/** Whose events can be given other names. */
export const EXTOLE = 'extole-platform'

export const isExtole = ({ metadata }: Pick<Destination, 'metadata'>) => metadata.slug === EXTOLE

export const TECH_CENTER_URL = 'https://my.extole.com/tech-center#access-token'
export const ACCESS_TOKEN_HELP_URL =
  'https://success.extole.com/hc/en-us/articles/360001616668-Generating-Long-Lived-Access-Tokens'
export const EXTOLE_SUPPORT_URL = 'mailto:support@extole.com'
