/**
 * What a route says of itself and of its answers: the OpenAPI document is made of it, the types of what is answered come
 * from it, and programs can check answers by it. Never given to Fastify, which would leave out what is not described.
 */
import { type Static, type TObject, type TProperties, type TSchema, Type } from 'typebox'

export interface Operation {
  /** The name of the method in generated clients; unique. */
  readonly id: string
  /** One line, for people. */
  readonly summary: string
  /** Those of success. */
  readonly statuses: readonly number[]
  /** By media type. */
  readonly content: Readonly<Record<string, TSchema>>
  /** Lists in the query that no schema has: what each is, by name. */
  readonly query?: Readonly<Record<string, string>>
  /** A body that can be sent, where it is not plain what one looks like. */
  readonly example?: unknown
}

interface Options<Beside extends TProperties> {
  /** 200 where they are not given. */
  readonly statuses?: readonly number[]
  /** What stands beside `data`. */
  readonly beside?: Beside
  readonly query?: Readonly<Record<string, string>>
  readonly example?: unknown
}

type ShapeOf<Data> = Data extends { '~kind': string } ? Data : Data extends TProperties ? TObject<Data> : never

/** For the `config` of a route that answers `{"data": …}`. @param data a shape, or the fields of one */
export function answering<Data extends TProperties | TSchema, Beside extends TProperties = Record<never, TSchema>>(
  id: string,
  summary: string,
  data: Data,
  { beside, statuses = [200], ...rest }: Options<Beside> = {},
) {
  const shape = ('~kind' in data ? data : Type.Object(data as TProperties)) as ShapeOf<Data>
  const name = `${id[0]?.toUpperCase()}${id.slice(1)}Answer`
  const fields = { data: shape, ...beside } as { data: ShapeOf<Data> } & Beside
  const answer = Type.Object(fields, { $id: name })
  return { operation: { id, summary, statuses, content: { 'application/json': answer }, ...rest } satisfies Operation }
}

/** For the `config` of a route that answers something else. */
export function sending(id: string, summary: string, content: Operation['content']) {
  return { operation: { id, summary, statuses: [200], content } satisfies Operation }
}

/** A shape that other shapes and the document call by its name. */
export function named<Fields extends TProperties>($id: string, description: string, fields: Fields): TObject<Fields> {
  return Type.Object(fields, { $id, description })
}

type Deep<T> = T extends object ? { readonly [Key in keyof T]: Deep<T[Key]> } : T

/** What has a shape. */
export type Shown<Shape extends TSchema> = Deep<Static<Shape>>
