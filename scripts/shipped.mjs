// Which packages of the lock file the built package brings along: what is needed at run time, without the Nodes for single
// platforms, which only a checkout needs.

/** @returns {[path: string, entry: { version: string, integrity: string, name?: string }][]} in the lock file's order */
export function shippedPackages(lock, manifest) {
  const platformNodes = new Set(Object.keys(manifest.optionalDependencies).map((name) => `node_modules/${name}`))
  return Object.entries(lock.packages).filter(
    ([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional && !platformNodes.has(path),
  )
}

/** `name@version` of an entry, as npm writes it. */
export function packageId([path, { name, version }]) {
  return `${name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`
}
