/**
 * Segment's browser SDK as this server hands it out. The published file is the same for every source: where it came from
 * and with which key, it reads from the address of its own script tag. So one copy serves all, is compressed once, and
 * works behind proxies and path prefixes that this server does not know of. Pure.
 */

/** What the published file says, how often it says it, and what stands there instead. */
const REPLACEMENTS: readonly { readonly text: string; readonly times: number; readonly by: string }[] = [
  { text: '"__WRITE_KEY__"', times: 1, by: 'grapevineKey' },
  { text: '"https://cdn.segment.com"', times: 1, by: 'grapevineBase' },
  { text: '"https://cdn.segment.com/analytics.js/v1/"', times: 1, by: '(grapevineBase+"/analytics.js/v1/")' },
  {
    text: '"https://cdn.segment.com/analytics-next/bundles/"',
    times: 1,
    by: '(grapevineBase+"/analytics-next/bundles/")',
  },
  // Its reports about its own failures go here whatever the settings say.
  { text: '"api.segment.io/v1"', times: 1, by: '(grapevineBase.replace(/^https?:\\/\\//,"")+"/v1")' },
  // Browsers of before 2018 would load it from a third party. They get an empty script, and the SDK as it is.
  {
    text: '"https://cdnjs.cloudflare.com/ajax/libs/babel-polyfill/7.7.0/polyfill.min.js"',
    times: 1,
    by: '"data:text/javascript,"',
  },
]

/** Without a script tag to read from (the file was bundled into the page) the page's own host is asked, nobody else. */
const WHERE_FROM = `(function(){
var from=document.currentScript&&/^(https?:\\/\\/.+)\\/analytics\\.js\\/v1\\/([^/?#]+)\\/analytics\\.min\\.js/.exec(document.currentScript.src);
return from?[from[1],decodeURIComponent(from[2])]:[location.origin,undefined];
})()`

/** @throws Error when the published file is not the one that this was written for: it could send to somebody else */
export function hostedSdk(published: string): string {
  let script = published.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')
  for (const { text, times, by } of REPLACEMENTS) {
    const parts = script.split(text)
    if (parts.length !== times + 1) {
      throw new Error(`@segment/analytics-next has ${text} ${parts.length - 1} times, not ${times}: see browser-sdk.ts`)
    }
    script = parts.join(by)
  }
  return `(function(grapevineFrom){var grapevineBase=grapevineFrom[0],grapevineKey=grapevineFrom[1];\n${script}})(${WHERE_FROM});\n`
}
