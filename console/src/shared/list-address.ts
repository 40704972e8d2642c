/**
 * Where the list is that something at an address is one of: `/sources` for `/sources/s1/settings`, `/settings/users` for
 * `/settings/users/u1`. Undefined for what is a list itself. Pure.
 */
export function listAddress(path: string): string | undefined {
  const parts = path.split('/').filter((each) => each !== '')
  const list = parts.slice(0, parts[0] === 'settings' ? 2 : 1)
  return list.length < parts.length ? `/${list.join('/')}` : undefined
}
