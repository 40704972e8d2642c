import { expect, test } from 'vitest'
import { routesAt } from './methods.ts'

const routes = ['/', '/api/things', '/api/things/:id', '/api/things/test', '/api/things/:id/parts', '/app/*'].map(
  (url) => ({ url }),
)

test.each<[string, string[]]>([
  ['/', ['/']],
  ['/?x=/api/things', ['/']],
  ['/api/things', ['/api/things']],
  ['/api/things/', ['/api/things']],
  ['/api/things?a=b', ['/api/things']],
  ['/api/things/1', ['/api/things/:id']],
  // The router gives it to the parameter where the fixed one lacks the method.
  ['/api/things/test', ['/api/things/:id', '/api/things/test']],
  ['/api/things/a%2Fb/parts', ['/api/things/:id/parts']],
  ['/api/things//parts', []],
  ['/api/things/1/parts/2', []],
  ['/app/assets/a.js', ['/app/*']],
  ['/app', ['/app/*']],
  ['/apps', []],
  ['', ['/']],
])('%s has the routes %j', (path, expected) => {
  expect(routesAt(routes, path).map(({ url }) => url)).toEqual(expected)
})
