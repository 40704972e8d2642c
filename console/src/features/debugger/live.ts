/** The live stream of the server, read for as long as somebody looks. */
import { useQueryClient } from '@tanstack/react-query'
import { type Dispatch, useEffect } from 'react'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { LiveLeftOut, LiveOpened, LiveOutcome, LiveRecord } from '../../../../src/api/answers/live.ts'
import { sessionQuery } from '../../shared/session.ts'
import { lineOf } from './lines.ts'
import { portions } from './portions.ts'
import { LINES_MAX, type Message, type StreamAction } from './stream.ts'

/** What comes is shown together so often: people read no faster, and the page stays quick whatever comes. */
const SHOW_EVERY_MS = 100
const RETRY_MS = 2_000

interface Live {
  readonly isAllowed: boolean
  /** Of all sources when undefined. */
  readonly sourceId: string | undefined
  /** Position of the last event that is there already. */
  readonly after: number | undefined
  readonly dispatch: Dispatch<StreamAction>
}

/** Reads on behind a break where it stopped. */
export function useLive({ isAllowed, sourceId, after, dispatch }: Live): void {
  const client = useQueryClient()
  useEffect(() => {
    if (!isAllowed) return
    let source: EventSource | undefined
    let retry: ReturnType<typeof setTimeout> | undefined
    let position = after
    const { add: take, close } = portions<Message>({
      everyMs: SHOW_EVERY_MS,
      most: LINES_MAX,
      show: (messages) => dispatch({ type: 'arrived', messages }),
    })
    const open = () => {
      const query = new URLSearchParams({
        ...(sourceId === undefined ? {} : { sourceId }),
        ...(position === undefined ? {} : { after: String(position) }),
      })
      source = new EventSource(`/api/live?${query}`)
      source.onopen = () => dispatch({ type: 'connection', connection: 'live' })
      source.onerror = () => {
        source?.close()
        dispatch({ type: 'connection', connection: 'lost' })
        // It may have been refused since the session has ended: then the page asks to sign in.
        void client.invalidateQueries({ queryKey: sessionQuery.queryKey })
        retry = setTimeout(open, RETRY_MS)
      }
      source.addEventListener('opened', ({ data }) => {
        position = parsed(LiveOpened, data)?.position
      })
      for (const kind of ['event', 'rejected'] as const) {
        source.addEventListener(kind, ({ data }) => {
          const record = parsed(LiveRecord, data)
          if (record === undefined) return
          position = record.position
          take({ type: 'line', line: lineOf(record, kind === 'rejected', data) })
        })
      }
      source.addEventListener('outcome', ({ data }) => {
        const outcome = parsed(LiveOutcome, data)
        if (outcome !== undefined) take({ type: 'outcome', outcome })
      })
      source.addEventListener('left_out', ({ data }) => {
        const told = parsed(LiveLeftOut, data)
        if (told !== undefined) take({ type: 'left out', count: told.leftOut })
      })
    }
    open()
    return () => {
      source?.close()
      clearTimeout(retry)
      close()
    }
  }, [isAllowed, sourceId, after, dispatch, client])
}

/** Undefined for what a newer server may say. */
function parsed<Schema extends TSchema>(schema: Schema, data: unknown): Static<Schema> | undefined {
  const value: unknown = JSON.parse(String(data))
  return Value.Check(schema, value) ? value : undefined
}
