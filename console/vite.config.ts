import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Replaced by the server, for each page anew (reliability contract S19). */
const NONCE_PLACEHOLDER = '__GRAPEVINE_NONCE__'

export default defineConfig({
  root: import.meta.dirname,
  base: '/app/',
  plugins: [react()],
  html: { cspNonce: NONCE_PLACEHOLDER },
  build: {
    outDir: join(import.meta.dirname, '../artifacts/console'),
    emptyOutDir: true,
    manifest: true,
    // An inlined file would be a data: address, which the content security policy refuses.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: { experimental: { lazyBarrel: true } },
  },
  // `npm run console:dev`: the pages from source, the rest from a server that runs.
  server: { proxy: { '/api': process.env.GRAPEVINE_URL ?? 'http://127.0.0.1:8700' } },
})
