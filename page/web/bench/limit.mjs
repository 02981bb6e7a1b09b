// Deadlines of the steps of a measurement, so that one that hangs is named.
const undo = [];
let tell = async () => {};
let ending = false;

/** Calls f at the end, also after a step that hung. What came last is ended first. */
export function atEnd(f) {
  undo.push(f);
}

/** Calls f before the end that a failed step causes: it prints what helps to understand why. */
export function onFailure(f) {
  tell = f;
}

/** Ends everything that atEnd names, and the program. */
export async function end(status) {
  if (ending) return;
  ending = true;
  setTimeout(() => process.exit(status || 1), 15_000); // what does not end is left alone
  for (const f of undo.reverse()) {
    try {
      await f();
    } catch (e) {
      console.error(`bench: clean up: ${e.message}`);
    }
  }
  process.exit(status);
}

/** Waits for a step, at most for so many seconds; then, or if it fails, the measurement ends with an error. */
export async function step(what, seconds, f) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`no end within ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([f(), late]);
  } catch (e) {
    console.error(`bench: ${what}: ${e.message}`);
    await Promise.race([tell().catch(() => {}), new Promise((done) => setTimeout(done, 5000))]);
    await end(1);
  } finally {
    clearTimeout(timer);
  }
}

const started = performance.now();

/** Prints a line of progress with the time since the start. */
export function say(line) {
  console.log(`${String(Math.round((performance.now() - started) / 1000)).padStart(4)} s  ${line}`);
}

for (const s of ["SIGINT", "SIGTERM"]) process.on(s, () => void end(1));
