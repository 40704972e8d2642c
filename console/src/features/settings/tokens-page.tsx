import { Badge, Button, Checkbox, Group, Modal, SimpleGrid, Stack, Table, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Problem } from '../../shared/problem.ts'
import { useSession } from '../../shared/session.ts'
import { ConfirmedActButton, PermittedButton } from '../../shared/ui/act.tsx'
import { Answered } from '../../shared/ui/answered.tsx'
import { SecretOnce } from '../../shared/ui/copy.tsx'
import { Empty } from '../../shared/ui/empty.tsx'
import { useFocusBack } from '../../shared/ui/focus-back.ts'
import { Page } from '../../shared/ui/page.tsx'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { createToken, revokeToken, tokensQuery } from './api/tokens.ts'
import { OnceDialog } from './once-dialog.tsx'
import { RIGHT_WORDS } from './rights.ts'

type Token = Awaited<ReturnType<NonNullable<typeof tokensQuery.queryFn>>>[number]

export function TokensPage() {
  const query = useQuery(tokensQuery)
  const [isOpen, { open, close }] = useDisclosure(false)
  return (
    <Page
      title="Tokens"
      purpose="With a token a program uses the API. It may do no more than who made it, and ends with their account."
      help="accounts#tokens"
      actions={
        <PermittedButton aria-haspopup="dialog" right="tokens:write" onClick={open}>
          Make a token
        </PermittedButton>
      }
    >
      <Answered query={query} label="Loading tokens">
        {(tokens) =>
          tokens.length === 0 ? (
            <Empty title="No tokens" hint="Programs cannot use the API. Make a token for each program that should." />
          ) : (
            <Tokens tokens={tokens} />
          )
        }
      </Answered>
      {isOpen && <MakeToken onClose={close} />}
    </Page>
  )
}

function Tokens({ tokens }: { tokens: readonly Token[] }) {
  const session = useSession()
  const queryClient = useQueryClient()
  return (
    <Table.ScrollContainer minWidth={640} tabIndex={0} aria-label="Tokens">
      <Table verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>May</Table.Th>
            <Table.Th>Made by</Table.Th>
            <Table.Th>Made</Table.Th>
            <Table.Th />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tokens.map(({ id, name, scopes, userId, createdAtMs }) => (
            <Table.Tr key={id}>
              <Table.Td>{name}</Table.Td>
              <Table.Td>
                <Group gap={4}>
                  {scopes.map((scope) => (
                    <Badge key={scope}>{scope}</Badge>
                  ))}
                </Group>
              </Table.Td>
              <Table.Td>
                {userId === null ? 'Grapevine' : userId === session?.user.id ? 'You' : 'Somebody else'}
              </Table.Td>
              <Table.Td>
                <Ago at={createdAtMs} />
              </Table.Td>
              <Table.Td>
                <ConfirmedActButton
                  label="Revoke"
                  size="xs"
                  right="tokens:write"
                  aria-label={`Revoke ${name}`}
                  confirm="Revoke the token"
                  consequence={`Every program that uses ${name} is refused from now on. A revoked token does not come back: make another one.`}
                  act={() => revokeToken(id)}
                  done={`${name} is revoked.`}
                  onDone={() => void queryClient.invalidateQueries({ queryKey: tokensQuery.queryKey })}
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

function MakeToken({ onClose }: { onClose: () => void }) {
  useFocusBack()
  const held: readonly string[] = useSession()?.rights ?? []
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<string[]>(['api:read'])
  const queryClient = useQueryClient()
  const make = useMutation({
    mutationFn: createToken,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  })
  if (make.isSuccess)
    return (
      <OnceDialog title={`The token ${make.data.name}`} onClose={onClose}>
        <SecretOnce value={make.data.token} what="token" />
      </OnceDialog>
    )
  const problemWith = (field: string) => (make.error instanceof Problem ? make.error.fields.get(field) : undefined)
  return (
    <Modal opened onClose={onClose} title="Make a token" size="xl" centered>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          make.mutate({ name, scopes })
        }}
      >
        <Stack>
          {make.isError && <ProblemPanel problem={make.error} />}
          <TextInput
            label="Name"
            description="Which program it is for"
            required
            maxLength={255}
            data-autofocus
            error={problemWith('name')}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Checkbox.Group
            label="What it may do"
            description="Only what you may do yourself can be chosen."
            error={problemWith('scopes')}
            value={scopes}
            onChange={setScopes}
          >
            <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" verticalSpacing="xs" mt="xs">
              {RIGHT_WORDS.map(([right, words]) => (
                <Checkbox
                  key={right}
                  value={right}
                  label={words}
                  description={held.includes(right) ? right : `${right}: your account lacks this right.`}
                  disabled={!held.includes(right)}
                />
              ))}
            </SimpleGrid>
          </Checkbox.Group>
          <Text size="sm">
            {scopes.length === 0 ? 'Choose at least one.' : 'Its text is shown once, in the next step.'}
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Leave it
            </Button>
            <Button type="submit" loading={make.isPending} disabled={scopes.length === 0}>
              Make the token
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
