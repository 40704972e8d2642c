import { Button, Stack } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { counted } from '../../shared/format.ts'
import { useNow } from '../../shared/now.ts'
import { ProblemPanel } from '../../shared/ui/problem-panel.tsx'
import { Work } from '../../shared/ui/work.tsx'
import type { Named } from './api/computations.ts'
import { membersFile } from './api/members-file.ts'
import { leftMs } from './csv-progress.ts'

interface Progress {
  readonly rows: number
  readonly total: number
  readonly beganMs: number
}

/** Everybody who is in, as a file that spreadsheets open. */
export function DownloadMembers({ one, name }: { one: Named; name: string }) {
  const [progress, setProgress] = useState<Progress | null>(null)
  const stop = useRef<AbortController>(null)
  const now = useNow()
  const download = useMutation({
    mutationFn: async () => {
      stop.current = new AbortController()
      const beganMs = Date.now()
      const { signal } = stop.current
      return await membersFile(one, signal, (rows, total) => setProgress({ rows, total, beganMs }))
    },
    onSuccess: ({ pieces, rows }) => {
      save(new Blob([...pieces], { type: 'text/csv' }), name)
      notifications.show({ message: `${counted(rows, 'profile')} in ${name}.` })
    },
    onSettled: () => setProgress(null),
  })
  const isStopped = stop.current?.signal.aborted === true
  return (
    <Stack gap="xs">
      <Button
        size="xs"
        variant="default"
        w="fit-content"
        loading={download.isPending}
        onClick={() => download.mutate()}
      >
        Download CSV
      </Button>
      {progress !== null && (
        <Work
          label="Profiles read"
          done={progress.rows}
          total={progress.total}
          etaMs={leftMs(progress.rows, progress.total, now - progress.beganMs)}
        >
          <Button size="compact-xs" variant="default" w="fit-content" onClick={() => stop.current?.abort()}>
            Cancel
          </Button>
        </Work>
      )}
      {download.isError && !isStopped && <ProblemPanel problem={download.error} onRetry={() => download.mutate()} />}
    </Stack>
  )
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}
