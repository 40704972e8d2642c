/**
 * Says in words that a part of the console's own code did not come. Unsaid, the router would load the whole page anew, and
 * with it lose what was being typed; without a server there would be no page at all.
 */
export function sayWhenPartsAreMissing(): void {
  window.addEventListener('vite:preloadError', ({ payload }) => {
    payload.message =
      'A part of the console did not load. Either the server cannot be reached, or it runs another version by now: then load the page anew.'
  })
}
