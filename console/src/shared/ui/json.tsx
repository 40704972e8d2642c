import { Code } from '@mantine/core'

/** A value of somebody else's, as text. @param label for people who do not see where it stands */
export function Json({ value, label }: { value: unknown; label: string }) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
  return (
    <Code block tabIndex={0} aria-label={label} mah={420} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
      {text}
    </Code>
  )
}
