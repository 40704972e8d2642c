import { Alert, Stack, Text, Title } from '@mantine/core'
import { AddMenu } from './add-menu.tsx'
import { ConditionView } from './condition-view.tsx'
import { type DefinitionAction, type DefinitionDraft, mistakeOf } from './definition-draft.ts'
import { CONDITIONS } from './focus.ts'
import { TextView } from './text-view.tsx'
import { TraitForm } from './trait-form.tsx'

const ROOT = { path: [], scope: 'profile', event: '', parentEvent: '' } as const

/** The builder, and the text below it. Stands inside `Choices`. */
export function DefinitionEditor(props: { draft: DefinitionDraft; dispatch: (action: DefinitionAction) => void }) {
  const { draft, dispatch } = props
  const { tree, text } = draft
  const cannotBeDrawn = tree === null && text.trim() !== ''
  return (
    <Stack gap="md">
      <Stack gap="xs" role="group" aria-label="Builder" {...CONDITIONS}>
        <Title order={2}>Definition</Title>
        {cannotBeDrawn ? (
          <Alert variant="light" color="yellow" title="The text has a mistake">
            <Text size="sm">It is drawn here again as soon as it can be read. Nothing of it is lost.</Text>
          </Alert>
        ) : draft.kind === 'trait' ? (
          <TraitForm tree={tree?.kind === 'reduction' ? tree : null} dispatch={dispatch} />
        ) : (
          <>
            {tree !== null && tree.kind !== 'reduction' && (
              <ConditionView {...ROOT} condition={tree} dispatch={dispatch} canRemove />
            )}
            {(tree === null || (tree.kind !== 'and' && tree.kind !== 'or')) && (
              <AddMenu {...ROOT} dispatch={dispatch} label="Add a condition" />
            )}
          </>
        )}
      </Stack>
      <TextView
        text={text}
        mistake={mistakeOf(draft)}
        onChange={(changed) => dispatch({ do: 'write', text: changed })}
      />
    </Stack>
  )
}
