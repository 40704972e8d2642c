import { expect, test } from 'vitest'
import { anyBodyPolicy } from './answers.ts'
import { BUILT_IN, findBuiltIn } from './built-in.ts'
import { Catalog, type CatalogEntry, type Shelf } from './catalog.ts'
import { presetsOf, secretSettingsOf } from './definition.ts'

const anEntry: CatalogEntry = {
  id: 'id_of_other',
  slug: 'other',
  name: 'Other',
  description: '',
  categories: [],
  methods: ['track'],
  origin: 'own',
  shape: { actions: {}, presets: [], canDelete: false, canTestAuthentication: false },
  home: { kind: 'worker', module: 'other.js' },
  answers: anyBodyPolicy,
  deleteAnswers: anyBodyPolicy,
  credentialKey: () => '',
  hasUniqueKey: () => false,
}

function aShelf(): Shelf & { loads: number } {
  return {
    loads: 0,
    list: () => [anEntry],
    load() {
      this.loads += 1
      return { ...anEntry }
    },
  }
}

test('the built-in destinations come first, and are found by slug and by metadata id', () => {
  const catalog = new Catalog([aShelf()])
  expect(catalog.list().map(({ slug }) => slug)).toEqual([...BUILT_IN.map(({ slug }) => slug), 'other'])
  expect(catalog.findById('5e79ef31929aef3bdfbc53a5')).toBe(catalog.find('extole-platform'))
  expect(catalog.findById('id_of_other')).toBe(catalog.find('other'))
  expect(catalog.find('id_of_other')).toBeUndefined()
})

test('what a shelf holds is loaded when it is first asked for, once', () => {
  const shelf = aShelf()
  const catalog = new Catalog([shelf])
  catalog.list()
  expect(shelf.loads).toBe(0)
  expect(catalog.find('other')).toBe(catalog.find('other'))
  expect(shelf.loads).toBe(1)
})

test('a catalog that is stocked anew gives new entries and forgets what is gone', () => {
  const catalog = new Catalog([aShelf()])
  const before = catalog.find('other')
  catalog.stock([aShelf()])
  expect(catalog.find('other')).not.toBe(before)
  catalog.stock([])
  expect(catalog.find('other')).toBeUndefined()
  expect(catalog.findById('id_of_other')).toBeUndefined()
})

test('the shape of a definition says as much about settings and presets as the definition does', () => {
  for (const { shape, definition } of BUILT_IN) {
    expect(secretSettingsOf(shape)).toEqual(secretSettingsOf(definition))
    expect(presetsOf(shape)).toEqual(presetsOf(definition))
    expect(Object.keys(shape.actions)).toEqual(Object.keys(definition.actions))
  }
  expect(findBuiltIn('extole-platform')?.shape).toMatchObject({ canDelete: true, canTestAuthentication: true })
})
