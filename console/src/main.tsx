import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { sayWhenPartsAreMissing } from './shared/parts-missing.ts'
import { giveStylesTheNonce, permitStyleText } from './shared/trusted-types.ts'

permitStyleText()
giveStylesTheNonce()
sayWhenPartsAreMissing()
const root = document.getElementById('root')
if (root === null) throw new Error('the page has no place for the console')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
