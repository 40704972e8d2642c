import { Button, Group, Text, Timeline } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Explanation } from '../../../../src/api/answers/deliveries.ts'
import { BECAME } from '../../shared/delivery-words.ts'
import { useSources } from '../../shared/source-names.ts'
import { BecameBadge } from '../../shared/ui/became-badge.tsx'
import { ExchangeView } from '../../shared/ui/exchange-view.tsx'
import { AnchorLink } from '../../shared/ui/links.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { type Step, type StepOf, stepsOf } from './steps.ts'

export function StepsView({ explained }: { explained: Explanation }) {
  const { names: sources } = useSources()
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

function StepTitle({ step: { title, became, of } }: { step: Step }) {
  return (
    <Group gap="xs">
      <TitleLink of={of}>{title}</TitleLink>
      {became !== null && <BecameBadge became={became} />}
    </Group>
  )
}

/** Leads to what the title names. */
function TitleLink({ of, children }: { of: StepOf | null; children: string }) {
  if (of === null) return <Text fw={600}>{children}</Text>
  if (of.kind === 'profile') {
    return (
      <AnchorLink to="/profiles/$lookup" params={{ lookup: of.lookup }} search={{ space: of.space }} fw={600}>
        {children}
      </AnchorLink>
    )
  }
  return (
    <AnchorLink to={of.kind === 'source' ? '/sources/$id' : '/destinations/$id'} params={{ id: of.id }} fw={600}>
      {children}
    </AnchorLink>
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
