/** The formats of strings by their names in Zod: the name in JSON Schema, and what messages call them. */
export const STRING_FORMATS: Readonly<Record<string, { json: string; words?: string; example?: string }>> = {
  email: { json: "email", words: "an email address", example: "someone@example.org" },
  url: { json: "uri", words: "a URL", example: "https://example.org" },
  uuid: { json: "uuid", words: "a UUID", example: "123e4567-e89b-42d3-a456-426614174000" },
  guid: { json: "uuid" },
  datetime: { json: "date-time", words: "an ISO 8601 date and time", example: "2000-01-01T12:00:00Z" },
  date: { json: "date", words: "an ISO 8601 date", example: "2000-01-01" },
  time: { json: "time", words: "an ISO 8601 time", example: "12:00:00" },
  duration: { json: "duration", example: "PT1H" },
  ipv4: { json: "ipv4", words: "an IPv4 address", example: "192.0.2.1" },
  ipv6: { json: "ipv6", words: "an IPv6 address", example: "2001:db8::1" },
  hostname: { json: "hostname" },
};
