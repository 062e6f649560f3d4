/** An app's session data: a name and the rows of a shopping cart. */
export interface Payload {
  readonly displayName: string;
  readonly cart: readonly { readonly article: string; readonly quantity: number; readonly cents: number }[];
}

/** Creates a payload of about this many bytes of JSON. */
export function createPayload(bytes: number, displayName = "Ann Example"): Payload {
  const cart: Payload["cart"][number][] = [];
  const payload = { displayName, cart };
  while (JSON.stringify(payload).length < bytes)
    cart.push({ article: `article-${cart.length}`, quantity: 1 + (cart.length % 7), cents: 1_995 });
  return payload;
}
