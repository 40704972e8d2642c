import { Stack, Text } from '@mantine/core'
import { answerOf, requestOf } from '../exchange.ts'
import { Json } from './json.tsx'

/** The exact request and what came back. @param label whose it is, for people who do not see where it stands */
export function ExchangeView(props: {
  label: string
  request: unknown
  answer: unknown
  isRenderedNow: boolean
  /** Said in place of a request that is not there. */
  withoutRequest: string
  /** Said in place of an answer that was not kept. */
  withoutAnswer: string
}) {
  const { label, request, answer, isRenderedNow, withoutRequest, withoutAnswer } = props
  const back = answerOf(answer)
  return (
    <Stack gap={6} mt="xs">
      <Text size="sm" fw={600}>
        Request
      </Text>
      {isRenderedNow && request !== null && (
        <Text size="xs">
          Requests of what arrived are not kept. This is what the mapping makes of the event today; secrets are masked.
        </Text>
      )}
      {request === null && <Text size="sm">{withoutRequest}</Text>}
      {request !== null && <RequestView request={request} label={`Request of ${label}`} />}
      <Text size="sm" fw={600}>
        Answer
      </Text>
      {back === undefined ? (
        <Text size="sm">{withoutAnswer}</Text>
      ) : (
        <>
          <Text size="sm">{back.line}</Text>
          {back.body !== null && <Json value={back.body} label={`Answer to ${label}`} />}
        </>
      )}
    </Stack>
  )
}

/** A request as it goes over the line, its body readable. */
export function RequestView({ request, label }: { request: unknown; label: string }) {
  const shown = requestOf(request)
  if (shown === undefined) return <Json value={request} label={label} />
  const parts = [shown.line, shown.headers, ...(shown.body === null ? [] : ['', shown.body])]
  return <Json value={parts.filter((part, at) => part !== '' || at > 1).join('\n')} label={label} />
}
