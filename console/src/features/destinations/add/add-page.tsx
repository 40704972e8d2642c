import { Stepper, Text } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { ForThose } from '../../../shared/ui/for-those.tsx'
import { Page } from '../../../shared/ui/page.tsx'
import { ADD_STEPS, type AddSearch, type AddStep } from '../route.ts'
import { CatalogStep } from './catalog-step.tsx'
import { EnableStep } from './enable-step.tsx'
import { SettingsStep } from './settings-step.tsx'
import { SourceStep } from './source-step.tsx'
import { TryStep } from './try-step.tsx'

const LABELS: Readonly<Record<AddStep, string>> = {
  catalog: 'Choose',
  source: 'Source',
  settings: 'Settings',
  enable: 'Enable',
  test: 'Test event',
}

/** From the catalog to the first event. The address holds where one is. */
export function AddPage() {
  const search = useSearch({ from: '/signed-in/destinations/add' })
  const navigate = useNavigate()
  const step = stepOf(search)
  const at = ADD_STEPS.indexOf(step)
  const to = (changes: AddSearch, options: { replace?: true; ignoreBlocker?: true }) =>
    void navigate({ to: '/destinations/add', search: (before) => ({ ...before, ...changes }), ...options })
  const go = (changes: AddSearch) => to(changes, {})
  // What is saved is changed on its own page.
  const canGoTo = (index: number) => index < at && (search.id === undefined || index >= ADD_STEPS.indexOf('enable'))
  return (
    <Page
      title="Add Destination"
      purpose="Choose where events go, try it, and switch it on."
      help="console#add-a-destination"
    >
      <ForThose right="api:write" what="Adding destinations is">
        <Stepper
          active={at}
          size="xs"
          iconSize={28}
          visibleFrom="sm"
          onStepClick={(index) => canGoTo(index) && go({ step: ADD_STEPS[index] ?? 'catalog' })}
        >
          {ADD_STEPS.map((each, index) => (
            <Stepper.Step key={each} label={LABELS[each]} allowStepSelect={canGoTo(index)} />
          ))}
        </Stepper>
        <Text hiddenFrom="sm" size="sm" fw={600}>
          Step {at + 1} of {ADD_STEPS.length}: {LABELS[step]}
        </Text>
        {step === 'catalog' && (
          <CatalogStep search={search} go={go} look={(changes) => to(changes, { replace: true })} />
        )}
        {step === 'source' && search.kind !== undefined && (
          <SourceStep kind={search.kind} source={search.source} go={go} />
        )}
        {step === 'settings' && search.kind !== undefined && search.source !== undefined && (
          <SettingsStep
            kind={search.kind}
            sourceId={search.source}
            // Going back does not lead to the form once more: it would save a second one.
            onSaved={(id) => to({ step: 'enable', id }, { replace: true, ignoreBlocker: true })}
          />
        )}
        {step === 'enable' && search.id !== undefined && <EnableStep id={search.id} go={go} />}
        {step === 'test' && search.id !== undefined && <TryStep id={search.id} />}
      </ForThose>
    </Page>
  )
}

/** As far as what was chosen leads. */
function stepOf({ step = 'catalog', kind, source, id }: AddSearch): AddStep {
  if (id !== undefined) return step === 'test' ? 'test' : 'enable'
  if (kind === undefined || step === 'catalog') return 'catalog'
  return source === undefined || step === 'source' ? 'source' : 'settings'
}
