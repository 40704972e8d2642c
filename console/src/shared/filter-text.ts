import { FILTER_TEXTS } from '../../../src/connections/filter-reasons.ts'

const TEXTS: Readonly<Record<string, string>> = FILTER_TEXTS

/** Why an event was kept from a destination, as a sentence; undefined where it was not. @param reason as the API has it */
export const filterText = (reason: string): string | undefined => TEXTS[reason]
