/** Names of a path such as `properties.product\ 1.price`: a `\` makes the next character part of the name. */
export function splitPath(path: string): readonly string[] {
  const names: string[] = []
  let name = ''
  for (let at = 0; at < path.length; at += 1) {
    const character = path[at]
    if (character === '\\') {
      at += 1
      name += path[at] ?? ''
    } else if (character === '.') {
      names.push(name)
      name = ''
    } else name += character
  }
  return path === '' ? [] : [...names, name]
}
