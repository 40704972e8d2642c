/** What a person pastes into a page: the same from the command and from the console. Pure; runs in browsers too. */

/** The methods that may be called before the SDK has arrived; they wait in a list until it has. */
const METHODS =
  'trackSubmit trackClick trackLink trackForm pageview identify reset group track ready alias debug page screen once off on addSourceMiddleware addIntegrationMiddleware setAnonymousId addDestinationMiddleware register'.split(
    ' ',
  )

/** A host as `browserSnippet` takes it; undefined for what is not an address that browsers can load from. */
export function snippetBase(host: string): string | undefined {
  const url = URL.parse(host)
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') return undefined
  return url.href.replace(/\/+$/, '')
}

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
