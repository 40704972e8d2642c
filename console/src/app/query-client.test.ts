import { MutationObserver } from '@tanstack/react-query'
import { expect, test, vi } from 'vitest'
import { Problem } from '../shared/problem.ts'
import { makeQueryClient } from './query-client.ts'

test('a secret that was sent or made is not kept when its form is gone', async () => {
  const client = makeQueryClient()
  const observer = new MutationObserver(client, {
    mutationFn: ({ password }: { password: string }) => Promise.resolve({ token: `gvt_${password}` }),
  })
  const close = observer.subscribe(() => {})
  await observer.mutate({ password: 'correct horse' })
  expect(client.getMutationCache().getAll()).toHaveLength(1)
  close()
  await vi.waitFor(() => expect(client.getMutationCache().getAll()).toEqual([]))
})

test.each([400, 404, 412, 413, 428, 429, 501])('what is answered %i is not asked again', async (status) => {
  let asked = 0
  const queryFn = () => {
    asked += 1
    return Promise.reject(new Problem({ status, code: 'refused', message: 'No.' }))
  }
  await expect(makeQueryClient().fetchQuery({ queryKey: ['x'], queryFn })).rejects.toThrow('No.')
  expect(asked).toBe(1)
})
