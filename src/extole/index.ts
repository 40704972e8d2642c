/** The Extole-compatible platform: a local stand-in for Extole, for trying things out and for tests. */
export { type ExtoleSandbox, type Fixtures, type SandboxOptions, startExtoleSandbox } from './sandbox.ts'
