import { Button, Group, Text, Timeline } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Explanation } from '../../../../src/api/answers/deliveries.ts'
import { sourceNamesQuery } from '../../shared/source-names.ts'
import { Ago } from '../../shared/ui/time.tsx'
import { BecameBadge } from './became-badge.tsx'
import { ExchangeView } from './exchange-view.tsx'
import { type Step, stepsOf } from './steps.ts'
import { BECAME } from './words.ts'

export function StepsView({ explained }: { explained: Explanation }) {
  const { data: sources = new Map<string, string>() } = useQuery(sourceNamesQuery)
  const steps = stepsOf(explained, sources)
  return (
    <Timeline bulletSize={14} lineWidth={2} active={steps.length}>
      {steps.map((step) => (
        <Timeline.Item
          key={step.key}
          color={step.became === null ? (step.isBad ? 'orange' : 'grape') : BECAME[step.became].color}
          title={<StepTitle step={step} />}
        >
          {step.texts.map((text) => (
            <Text key={text} size="sm">
              {text}
            </Text>
          ))}
          {step.at !== null && (
            <div>
              <Ago at={step.at} size="xs" />
            </div>
          )}
          {step.delivery !== null && <Opened delivery={step.delivery} label={step.title} />}
        </Timeline.Item>
      ))}
    </Timeline>
  )
}

function StepTitle({ step: { title, became } }: { step: Step }) {
  return (
    <Group gap="xs">
      <Text fw={600}>{title}</Text>
      {became !== null && <BecameBadge became={became} />}
    </Group>
  )
}

/** Which one is open stands in the address. */
function Opened({ delivery, label }: { delivery: Explanation['deliveries'][number]; label: string }) {
  const { delivery: open } = useSearch({ from: '/signed-in/events/$messageId' })
  const navigate = useNavigate()
  const isOpen = open === delivery.id
  return (
    <>
      <Button
        mt={4}
        size="compact-xs"
        variant="default"
        aria-expanded={isOpen}
        onClick={() => void navigate({ to: '.', search: isOpen ? {} : { delivery: delivery.id }, replace: true })}
      >
        {isOpen ? 'Close request and answer' : 'Request and answer'}
      </Button>
      {isOpen && (
        <ExchangeView
          label={label}
          request={delivery.request}
          answer={delivery.response}
          isRenderedNow={delivery.isRequestRenderedNow}
          withoutRequest="There is none: the event, the mapping or the destination is no longer there."
          withoutAnswer={withoutAnswer(delivery)}
        />
      )}
    </>
  )
}

function withoutAnswer({ state, status, attempts }: Explanation['deliveries'][number]): string {
  if (attempts === 0) return 'There is none: it was not tried yet.'
  const said = status === null ? 'There was no answer' : `It was answered ${status}`
  return state === 'delivered'
    ? `${said}. The text of answers is kept of what did not arrive, and of a sample of the rest.`
    : `${said}.`
}
