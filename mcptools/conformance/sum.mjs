// sum.mjs NAME RESULTS LOG: one line for a scenario of the suite, and what failed in it.
import { existsSync, readFileSync, readdirSync } from 'node:fs';

const [name, results, log] = process.argv.slice(2);
const files = existsSync(results) ? readdirSync(results, { recursive: true }).filter((f) => f.endsWith('checks.json')) : [];
const checks = files.flatMap((f) => JSON.parse(readFileSync(`${results}/${f}`, 'utf8')));
const why = (c) => (c.errorMessage ?? c.description ?? '').replace(/\s+/g, ' ').slice(0, 240);
// What only the suite's own server can show says nothing of this one.
const untestable = checks.filter((c) => c.status === 'FAILURE' && why(c).startsWith('Not testable'));
const failed = checks.filter((c) => c.status === 'FAILURE' && !untestable.includes(c));
const passed = checks.filter((c) => c.status === 'SUCCESS');
if (checks.length === 0) {
  console.log(`FAIL  ${name}: no result: ${readFileSync(log, 'utf8').trim().split('\n').at(-1)}`);
  process.exit(1);
}
const rest = untestable.length ? `, ${untestable.length} not testable` : '';
console.log(`${failed.length ? 'FAIL' : 'ok  '}  ${name}: ${passed.length} passed, ${failed.length} failed${rest}`);
for (const c of failed) console.log(`      ${c.id}: ${why(c)}`);
process.exit(failed.length ? 1 : 0);
