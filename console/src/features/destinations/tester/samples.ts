/** Events to begin a test with: those of Segment's page on Extole. */
export const SAMPLES = [
  {
    label: 'Identify',
    event: {
      type: 'identify',
      userId: 'test-user',
      traits: { email: 'test-user@example.com', first_name: 'Tess', last_name: 'User' },
    },
  },
  {
    label: 'Order Completed',
    event: {
      type: 'track',
      event: 'Order Completed',
      userId: 'test-user',
      properties: { order_id: 'test-order-1', total: 42.5, currency: 'USD', email: 'test-user@example.com' },
    },
  },
  {
    label: 'Signed Up',
    event: { type: 'track', event: 'Signed Up', userId: 'test-user', properties: { email: 'test-user@example.com' } },
  },
] as const
