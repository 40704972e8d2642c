// The manifest of the checkout brings Node's own binary with it: packed, it would replace `node` where it is installed.
console.error('The checkout is not the package. Run `npm run build`: it leaves the tarball in artifacts/.')
process.exit(1)
