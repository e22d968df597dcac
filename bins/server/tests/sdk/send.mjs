// Sends page views and identifications with the official Node.js SDK, and prints what it sent.
//
//     node send.mjs NODE_MODULES URL TOKEN
//
// Prints one JSON object: {"views": [[person, "YYYY-MM-DD"], ...]}, a person being the same whether anonymous or identified.

import { createRequire } from 'node:module'
import { join } from 'node:path'

const [nodeModules, url, token] = process.argv.slice(2)
const require = createRequire(join(nodeModules, 'index.js'))
const { PostHog } = require('posthog-node')

const PERSONS = 60
const VIEWS = 1000
const FIRST_DAY = Date.UTC(2026, 2, 1, 12)
const MINUTE = 60_000

const client = new PostHog(token, { host: url, flushAt: 100 })
const failures = []
client.on('error', (error) => failures.push(String(error)))

const identified = new Set()
const views = []
for (let number = 0; number < VIEWS; number++) {
  const person = (number * 7919) % PERSONS
  const timestamp = new Date(FIRST_DAY + ((number * 31) % 14) * 24 * 60 * MINUTE + (number % 240) * MINUTE)
  // A person browses anonymously until their fifth view, then is identified in one of the two ways there are.
  if (number >= PERSONS * 4 && !identified.has(person)) {
    identified.add(person)
    if (person % 2) {
      client.identify({
        distinctId: `user-${person}`,
        properties: { $anon_distinct_id: `anon-${person}`, $set: { email: `${person}@example.com` } },
      })
    } else {
      client.alias({ distinctId: `user-${person}`, alias: `anon-${person}` })
    }
  }
  const distinctId = identified.has(person) ? `user-${person}` : `anon-${person}`
  client.capture({ distinctId, event: 'page_viewed', properties: { number }, timestamp })
  views.push([person, timestamp.toISOString().slice(0, 10)])
}
await client.shutdown()
if (failures.length > 0) {
  console.error(`the SDK reports failures: ${failures.slice(0, 3)}`)
  process.exit(1)
}
console.log(JSON.stringify({ views }))
