import { Skeleton, Stack, VisuallyHidden } from '@mantine/core'

/** Lines where text will be. @param label what is being waited for, e.g. `Loading members` */
export function Loading({ label, rows = 5 }: { label: string; rows?: number }) {
  return (
    <Stack gap="sm" role="status" aria-busy="true">
      <VisuallyHidden>{label}</VisuallyHidden>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have nothing but their place
        <Skeleton key={row} height={28} />
      ))}
    </Stack>
  )
}

export const PageLoading = () => <Loading label="Loading the page" rows={8} />
