/**
 * On which occasions a connection tells its destination of an audience: what Segment calls its activations. They are a part
 * of the connection, which has all else that is said of them, so that neither can say what the other does not.
 */
import type { Kysely } from 'kysely'
import { listComputations, updateComputation } from './computations.ts'
import type { CommandContext } from './context.ts'
import { conflict, notFound, refuseInvalid } from './errors.ts'
import type { WorkspaceTables } from './tables.ts'
import type { Activation, Occasion, OccasionKind } from './types.ts'

type Tx = Kysely<WorkspaceTables>

/** Of a connection of which nobody said so by itself, those that follow from its form: it tells of comings and goings. */
export function occasionsOf({
  occasions,
  form,
  enteredEvent,
  exitedEvent,
}: Pick<Activation, 'occasions' | 'form' | 'enteredEvent' | 'exitedEvent'>): readonly Occasion[] {
  if (occasions !== undefined) return occasions
  if (form !== 'track') return [{ on: 'membership', name: 'Audience Membership Changed', enabled: true }]
  return [
    { on: 'entered', name: enteredEvent, enabled: true },
    { on: 'exited', name: exitedEvent, enabled: true },
  ]
}

interface OfConnection {
  readonly spaceId: string
  /** Of the audience. */
  readonly id: string
  readonly destinationId: string
}

export interface SetOccasion extends OfConnection, Partial<Omit<Occasion, 'on'>> {
  readonly on: OccasionKind
  /** Custom traits that go along, with all that the connection tells. */
  readonly enrichTraits?: readonly string[]
  /** Whether it is to be there already. What is not given of one that is stays. */
  readonly isNew: boolean
}

/** @throws WorkspaceError `not_found`, `invalid`, `conflict` with an occasion that the connection has */
export async function setOccasion(tx: Tx, args: SetOccasion, ctx: CommandContext): Promise<Activation> {
  const { on, isNew, enrichTraits, spaceId, id, destinationId, ...given } = args
  const { connection, level } = await connectionOf(tx, args)
  // The first that is made takes the place of what follows from the form.
  const known = isNew ? (connection.occasions ?? []) : occasionsOf(connection)
  const before = known.find((each) => each.on === on)
  if (!isNew && before === undefined) throw notFound('the activation')
  if (isNew) refuseBesides(known, on)
  if (level === 'accounts' && on !== 'membership')
    refuseInvalid([
      {
        field: 'activationType',
        message: 'must be Audience Membership Changed: accounts are told of by group calls, coming or leaving',
      },
    ])
  const others = known.filter((each) => each !== before)
  const occasion: Occasion = { name: '', enabled: true, ...before, ...given, on }
  if (others.some(({ name }) => name === occasion.name))
    throw conflict('activationName', 'is in use for this destination')
  const traits = enrichTraits ?? connection.enrichTraits
  if (others.length > 0 && !sameSet(traits, connection.enrichTraits))
    refuseInvalid([
      {
        field: 'personalization.profile.properties',
        message: `are one list for all that the destination is told, now ${connection.enrichTraits.join(', ') || 'empty'}: change enrichTraits of the connection`,
      },
    ])
  return changed(tx, args, ctx, {
    ...connection,
    ...(on === 'membership' ? {} : { form: 'track' }),
    enrichTraits: traits,
    occasions: isNew ? [...known, occasion] : known.map((each) => (each === before ? occasion : each)),
  })
}

export interface RemoveOccasion extends OfConnection {
  readonly on: OccasionKind
}

/** The connection stays, and tells of what is left; of nothing when nothing is. @throws WorkspaceError `not_found` */
export async function removeOccasion(tx: Tx, args: RemoveOccasion, ctx: CommandContext): Promise<void> {
  const { connection } = await connectionOf(tx, args)
  const known = occasionsOf(connection)
  const occasions = known.filter(({ on }) => on !== args.on)
  if (occasions.length === known.length) throw notFound('the activation')
  await changed(tx, args, ctx, { ...connection, occasions })
}

async function connectionOf(tx: Tx, { spaceId, id, destinationId }: OfConnection) {
  const found = (await listComputations(tx, spaceId)).find((each) => each.id === id)
  if (found?.definition.kind !== 'audience') throw notFound('the audience')
  const connection = found.activations.find((each) => each.destinationId === destinationId)
  if (connection === undefined) throw notFound('the connection')
  return { connection, level: found.level ?? 'users' }
}

async function changed(
  tx: Tx,
  { spaceId, id, destinationId }: OfConnection,
  ctx: CommandContext,
  after: Activation,
): Promise<Activation> {
  const { activations = [] } = (await listComputations(tx, spaceId)).find((each) => each.id === id) ?? {}
  const wanted = activations.map((each) => (each.destinationId === destinationId ? after : each))
  const computation = await updateComputation(tx, { spaceId, id, activations: wanted }, ctx)
  const found = computation.activations.find((each) => each.destinationId === destinationId)
  if (found === undefined) throw notFound('the connection')
  return found
}

function refuseBesides(known: readonly Occasion[], on: OccasionKind): void {
  const besides = known.find((each) => each.on === on || each.on === 'membership' || on === 'membership')
  if (besides === undefined) return
  const why =
    besides.on === on
      ? 'of this type already'
      : 'already, and is told by Audience Membership Changed, or by Audience Entered and Audience Exited'
  throw conflict(
    'activationType',
    `the destination has the activation ${JSON.stringify(besides.name)} ${why}: change or delete that`,
  )
}

const sameSet = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((each) => b.includes(each))
