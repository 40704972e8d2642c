interface PolicyFactory {
  createPolicy(name: string, rules: { createHTML(text: string): string }): unknown
}

/**
 * The page's policy demands trusted types (reliability contract S19). The only text that Mantine writes as markup is the
 * content of its own style elements, so text that could begin an element is refused here for everybody.
 */
export function permitStyleText(): void {
  const { trustedTypes } = window as { trustedTypes?: PolicyFactory }
  trustedTypes?.createPolicy('default', {
    createHTML(text) {
      if (text.includes('<')) throw new TypeError('the console writes no markup')
      return text
    },
  })
}

/** What the server allows style elements of this page by. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? ''
}

/** What keeps the page from scrolling behind a dialog makes a style element, and asks here for its nonce. */
export function giveStylesTheNonce(): void {
  Object.assign(window, { __webpack_nonce__: styleNonce() })
}
