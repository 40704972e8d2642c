/** 40 attempts to reach `Object.prototype` through an event: ten shapes, each in four places. */

const SHAPES = [
  '{"__proto__":{"polluted":true}}',
  '{"__proto__":{"__proto__":{"polluted":true}}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"constructor.prototype.polluted":true,"__proto__.polluted":true}',
  '{"__proto__":null,"polluted":{"__proto__":[]}}',
  '{"\\u005f\\u005fproto\\u005f\\u005f":{"polluted":true}}',
  '{"a":[{"__proto__":{"toString":"polluted","valueOf":1}}]}',
  '{"prototype":{"polluted":true},"__defineGetter__":1,"hasOwnProperty":0,"toJSON":1}',
  '{"__proto__":[],"length":4294967295}',
  '{"__proto__":{"type":"track","userId":"polluted","writeKey":"polluted","isEnabled":true}}',
] as const

const PLACES: readonly ((shape: string) => string)[] = [
  (shape) => `{"type":"track","event":"E","userId":"u",${shape.slice(1)}`,
  (shape) => `{"type":"track","event":"E","userId":"u","properties":${shape}}`,
  (shape) => `{"type":"identify","userId":"u","traits":{"deep":[[${shape}]]}}`,
  (shape) => `{"type":"page","anonymousId":"a","context":${shape},"integrations":${shape}}`,
]

/** Each one JSON of an event. */
export const POLLUTION_CORPUS: readonly string[] = SHAPES.flatMap((shape) => PLACES.map((place) => place(shape)))
