import { Badge, Group, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { ActButton, ConfirmedActButton } from '../../shared/ui/act.tsx'
import { Copyable } from '../../shared/ui/copy.tsx'
import { Ago } from '../../shared/ui/time.tsx'
import { addWriteKey, endWriteKey, forgetSources, type Source, writeKeysQuery } from './api/sources.ts'

/** As many as the server allows for one source. */
const WRITE_KEYS_MAX = 10

/** Changing a key without losing an event: a second one beside it, and the end of the first. */
export function WriteKeys({ source }: { source: Source }) {
  const { id, writeKeys } = source
  const client = useQueryClient()
  const { data: use } = useQuery(writeKeysQuery(id))
  const lastUse = (key: string) => use?.writeKeys.find(({ writeKey }) => writeKey === key)?.lastUsedAt ?? null
  return (
    <Paper withBorder p="md">
      <Stack align="flex-start">
        <div>
          <Title order={2}>Write keys</Title>
          <Text size="sm">
            To change a key without losing events: add a new one, put it wherever you send from, wait until nothing
            sends with the old one any more, then end the old one. Until then both work.
          </Text>
        </div>
        <Table>
          <Table.Tbody>
            {writeKeys.map((key, place) => (
              <Table.Tr key={key}>
                <Table.Td>
                  <Group gap="xs">
                    <Copyable value={key} what={`write key ${key}`} />
                    {writeKeys.length > 1 && place === writeKeys.length - 1 && <Badge>Newest</Badge>}
                  </Group>
                </Table.Td>
                <Table.Td>{use !== undefined && <LastUse at={lastUse(key)} since={use.since} />}</Table.Td>
                <Table.Td ta="right">
                  <ConfirmedActButton
                    size="xs"
                    label="End"
                    aria-label={`End ${key}`}
                    confirm="End this key"
                    right="api:write"
                    act={() => endWriteKey(id, key)}
                    done="The key is ended."
                    onDone={() => void forgetSources(client)}
                    consequence={
                      <>
                        {lastUse(key) !== null && (
                          <>
                            It was used <Ago at={lastUse(key) ?? 0} />: something still sends with it.{' '}
                          </>
                        )}
                        {consequenceOf(key, writeKeys.length)}
                      </>
                    }
                  />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {writeKeys.length === 0 && <Text size="sm">There is none: nothing can be sent to this source.</Text>}
        <ActButton
          label="Add write key"
          variant="default"
          right="api:write"
          disabled={writeKeys.length >= WRITE_KEYS_MAX}
          act={() => addWriteKey(id)}
          done="The new key works. The others still do."
          onDone={() => void forgetSources(client)}
        />
      </Stack>
    </Paper>
  )
}

function LastUse({ at, since }: { at: string | null; since: string }) {
  if (at !== null)
    return (
      <Text size="sm" component="span">
        used <Ago at={at} />
      </Text>
    )
  return (
    <Text size="sm" component="span">
      not used since the server began <Ago at={since} />
    </Text>
  )
}

function consequenceOf(key: string, keys: number): string {
  const rest =
    keys === 1
      ? 'It is the only one: nothing can be sent to this source until you add another.'
      : keys === 2
        ? 'The other key goes on working.'
        : `The other ${keys - 1} keys go on working.`
  return `From now on ${key} is answered 401, and SDKs throw away what they send with it. An ended key never works again. ${rest}`
}
