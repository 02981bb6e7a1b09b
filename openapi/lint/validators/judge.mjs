// judge.mjs TOOLS DIR: prints a line for each document in DIR: the first 12 hexadecimal digits of the
// SHA-256 of its text, then what Redocly and swagger-parser say: ok or refused.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'

const [tools, dir] = process.argv.slice(2)
const require = createRequire(path.join(tools, 'package.json'))
const parser = require('@apidevtools/swagger-parser')
const { lintFromString, createConfig } = require('@redocly/openapi-core')
const config = await createConfig({ extends: ['spec'] })
const local = { resolve: { external: false, file: false, http: false } }

async function redocly(text) {
  try {
    const found = await lintFromString({ source: text, absoluteRef: '/api.json', config })
    return found.some(x => x.severity === 'error')
  } catch {
    return true
  }
}

async function swaggerParser(text) {
  try {
    await parser.validate(JSON.parse(text), local)
    return false
  } catch {
    return true
  }
}

for (const name of fs.readdirSync(dir).sort()) {
  const text = fs.readFileSync(path.join(dir, name), 'utf8')
  const verdicts = [await redocly(text), await swaggerParser(text)].map(v => (v ? 'refused' : 'ok'))
  console.log(createHash('sha256').update(text).digest('hex').slice(0, 12), ...verdicts)
}
