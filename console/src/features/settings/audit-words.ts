/** The audit log names things as Segment's API does; these are the words of the console. Pure. */

/** Beginnings and ends of what the trail says was done, the longer ones first. */
const WORDS: readonly (readonly [trail: string, console: string])[] = [
  ['User Group Policy Updated', 'Rights of Group Changed'],
  ['User Policy Updated', 'Rights of User Changed'],
  ['Regulation Requested', 'Deletion of People Asked For'],
  ['Invite Created', 'Invitation Made'],
  ['Invite Deleted', 'Invitation Taken Back'],
  ['Integration', 'Destination'],
  ['User Group', 'Group'],
]

/** `Integration Modified` as `Destination Modified`. */
export function doneText(type: string): string {
  const [trail, words] = WORDS.find(([each]) => type.startsWith(each)) ?? ['', '']
  return `${words}${type.slice(trail.length)}`
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ['REGULATION DELETE_ONLY', 'here and at destinations'],
  ['REPLAY dead', 'of dead letters'],
  ['REPLAY history', 'of events from before'],
])

/** What it was done to, in words where the trail has a code. */
export const namedText = (resourceType: string, name: string): string => NAMES.get(`${resourceType} ${name}`) ?? name
