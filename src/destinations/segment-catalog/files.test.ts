import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Catalog } from '../catalog.ts'
import { secretSettingsOf } from '../definition.ts'
import { removeIndex, segmentCatalogStatus, segmentShelf } from './files.ts'
import { isCatalogMissing, notRunWithout, SEGMENT_CATALOG } from './installed.fixture.ts'

test('a directory without the package is absent, and has no shelf', () => {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-catalog-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  expect(segmentCatalogStatus(directory)).toEqual({ state: 'absent' })
  expect(segmentShelf(directory)).toBeNull()
})

describe.skipIf(isCatalogMissing)(`what is installed${notRunWithout}`, () => {
  const catalog = () => {
    const shelf = segmentShelf(SEGMENT_CATALOG)
    return new Catalog(shelf === null ? [] : [shelf])
  }

  test("all of Segment's cloud-mode destinations are listed, each under a slug and an id of its own", () => {
    const segment = catalog()
      .list()
      .filter(({ origin }) => origin === 'segment')
    expect(segment).toHaveLength(214)
    expect(new Set(segment.map(({ slug }) => slug)).size).toBe(214)
    expect(new Set(segment.map(({ id }) => id)).size).toBe(214)
    expect(segment.every(({ name, methods }) => name !== '' && methods.length > 0)).toBe(true)
  })

  test("Braze comes with its settings, actions, fields and presets, under Segment's own id", () => {
    const braze = catalog().findById('60f9d0d048950c356be2e4da')
    expect(braze?.slug).toBe('actions-braze-cloud')
    if (braze === undefined) return
    expect(secretSettingsOf(braze.shape)).toEqual(['api_key'])
    expect(braze.methods).toContain('identify')
    expect(Object.keys(braze.shape.actions)).toContain('updateUserProfile')
    expect(braze.shape.actions['updateUserProfile']?.fields['external_id']).toMatchObject({
      type: 'string',
      default: { '@path': '$.userId' },
    })
    expect(braze.shape.presets.length).toBeGreaterThan(0)
  })

  test('every entry can be loaded, has an action, and is shown with presets for actions that it has', () => {
    for (const { slug, origin } of catalog().list()) {
      if (origin !== 'segment') continue
      const entry = catalog().find(slug)
      expect(entry?.home.kind, slug).toBe('worker')
      const actions = Object.keys(entry?.shape.actions ?? {})
      expect(actions.length, slug).toBeGreaterThan(0)
    }
  })

  test('the index goes where the directory goes; one of another lock file is outdated, one without a list is none', () => {
    const directory = mkdtempSync(join(tmpdir(), 'grapevine-catalog-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    cpSync(join(SEGMENT_CATALOG, 'index'), join(directory, 'index'), { recursive: true })
    const home = segmentShelf(directory)?.load('actions-slack').home
    expect(home?.kind === 'worker' && home.module.startsWith(join(directory, 'node_modules'))).toBe(true)
    const file = join(directory, 'index', 'list.json')
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), lock: 'another' }))
    expect(segmentCatalogStatus(directory)).toEqual({ state: 'outdated' })
    expect(segmentShelf(directory)).toBeNull()
    removeIndex(directory)
    expect(segmentCatalogStatus(directory)).toEqual({ state: 'absent' })
  })
})
