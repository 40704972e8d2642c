import { Input } from '@mantine/core'
import { useId } from 'react'
import type { Mistake } from './definition-draft.ts'
import css from './text-view.module.css'

/** The definition as text. A mistake is underlined where it is, and told below. */
export function TextView(props: { text: string; mistake: Mistake | undefined; onChange: (text: string) => void }) {
  const { text, mistake, onChange } = props
  const id = useId()
  const [from, to] = mistake === undefined ? [text.length, text.length] : [mistake.from, mistake.to]
  return (
    <Input.Wrapper
      id={id}
      label="As text"
      description="The same definition in Segment's query language. Whatever is changed here is drawn above, and the other way round."
      error={text === '' ? undefined : mistake?.message}
    >
      <div className={css.both}>
        {/* Under the text, letter for letter: only its underline is seen. */}
        <pre className={css.marks} aria-hidden>
          {text.slice(0, from)}
          <mark className={css.mark}>{text.slice(from, to)}</mark>
          {text.slice(to)}
          {'\n'}
        </pre>
        <textarea
          id={id}
          className={css.text}
          spellCheck={false}
          autoComplete="off"
          maxLength={20_000}
          value={text}
          aria-invalid={mistake !== undefined && text !== ''}
          aria-describedby={`${id}-error`}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      </div>
    </Input.Wrapper>
  )
}
