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

/** The methods that may be called before the SDK has arrived; they wait in a list until it has. */
const METHODS =
  'trackSubmit trackClick trackLink trackForm pageview identify reset group track ready alias debug page screen once off on addSourceMiddleware addIntegrationMiddleware setAnonymousId addDestinationMiddleware register'.split(
    ' ',
  )

/**
 * What a person pastes into the head of a page: Segment's own snippet, version 5.2.0, with this server as its host.
 * @param base of this server as browsers reach it, without a slash at the end
 */
export function browserSnippet(base: string, writeKey: string): string {
  const literal = (value: unknown) => JSON.stringify(value).replaceAll('<', '\\u003c')
  return `<script>
!function(){var i="analytics",analytics=window[i]=window[i]||[];if(!analytics.initialize)if(analytics.invoked)window.console&&console.error&&console.error("Segment snippet included twice.");else{analytics.invoked=!0;analytics.methods=${literal(METHODS)};analytics.factory=function(e){return function(){if(window[i].initialized)return window[i][e].apply(window[i],arguments);var n=Array.prototype.slice.call(arguments);if(["track","screen","alias","group","page","identify"].indexOf(e)>-1){var c=document.querySelector("link[rel='canonical']");n.push({__t:"bpc",c:c&&c.getAttribute("href")||void 0,p:location.pathname,u:location.href,s:location.search,t:document.title,r:document.referrer})}n.unshift(e);analytics.push(n);return analytics}};for(var n=0;n<analytics.methods.length;n++){var key=analytics.methods[n];analytics[key]=analytics.factory(key)}analytics.load=function(key,n){var t=document.createElement("script");t.type="text/javascript";t.async=!0;t.setAttribute("data-global-segment-analytics-key",i);t.src=analytics._cdn+"/analytics.js/v1/"+encodeURIComponent(key)+"/analytics.min.js";var r=document.getElementsByTagName("script")[0];r.parentNode.insertBefore(t,r);analytics._loadOptions=n};analytics._writeKey=${literal(writeKey)};analytics._cdn=${literal(base)};analytics.SNIPPET_VERSION="5.2.0";
analytics.load(${literal(writeKey)});
analytics.page();
}}();
</script>
`
}
