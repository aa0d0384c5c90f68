/**
 * Of what is offered, in the order in which the server likes it, what a header
 * of the kind of `Accept` or `Accept-Encoding` likes best (RFC 9110, 12.4.2 and
 * 12.5): the greatest quality, then what is named more exactly; null: nothing of it.
 */
export function preferred<Offer extends string>(header: string, offers: readonly Offer[]): Offer | null {
  const ranges = header.split(',').map(parseRange)
  let best: { readonly offer: Offer; readonly quality: number; readonly exactness: number } | null = null
  for (const offer of offers) {
    let found = { quality: 0, exactness: 0 }
    for (const { name, quality } of ranges) {
      const exactness = exactnessOf(name, offer)
      if (exactness > found.exactness) found = { quality, exactness }
    }
    if (found.quality === 0) continue
    const isBetter =
      best === null ||
      found.quality > best.quality ||
      (found.quality === best.quality && found.exactness > best.exactness)
    if (isBetter) best = { offer, ...found }
  }
  return best?.offer ?? null
}

/** 3 for the very name, 2 for its type, 1 for anything, 0 for another one. */
function exactnessOf(name: string, offer: string): number {
  if (name === offer) return 3
  if (name === '*' || name === '*/*') return 1
  return name.endsWith('/*') && offer.startsWith(name.slice(0, -1)) ? 2 : 0
}

function parseRange(text: string): { readonly name: string; readonly quality: number } {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
  // What is no weight asks for nothing.
  const quality =
    weight === undefined ? 1 : /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight) ? Number(weight) : 0
  return { name, quality }
}
