import type { Database } from './database.ts'

/** Small named values of the sandbox itself, each JSON text or a plain string. */
export interface Meta {
  get(name: string): string | undefined
  /** The stored value, or what `make` makes, stored. */
  ensure(name: string, make: () => string): string
  set(name: string, value: string): void
}

export function metaStore(db: Database): Meta {
  const get = (name: string) => {
    const row = db.get('SELECT value FROM meta WHERE name = ?', name)
    return row === undefined ? undefined : String(row.value)
  }
  const set = (name: string, value: string) => {
    db.write(() => db.run('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)', name, value))
  }
  return {
    get,
    set,
    ensure(name, make) {
      const known = get(name)
      if (known !== undefined) return known
      const value = make()
      set(name, value)
      return value
    },
  }
}
