// The frames of a list that scrolls.

/**
 * Scrolls an element from its top by a distance in each of so many frames. Returns the times between them, ascending, in
 * milliseconds. They are those of the display, which the browser passes to requestAnimationFrame: a frame that takes too
 * long makes one of twice the time, or of more.
 */
export async function frames(page, where, distance, count = 240) {
  return page.evaluate(([where, distance, count]) => new Promise((done) => {
    const element = document.querySelector(where);
    element.scrollTop = 0;
    const times = [];
    let last;
    const next = (now) => {
      if (last !== undefined) times.push(now - last);
      last = now;
      element.scrollTop = distance * (times.length + 1);
      if (times.length < count) requestAnimationFrame(next);
      else done(times.sort((a, b) => a - b));
    };
    requestAnimationFrame(next);
  }), [where, distance, count]);
}

/** Returns the figures of such times in a line. */
export function figures(times) {
  const over = (ms) => (times.filter((t) => t > ms).length / times.length * 100).toFixed(1) + " %";
  const at = (q) => times[Math.min(times.length - 1, Math.floor(times.length * q))].toFixed(1) + " ms";
  return `frame interval median ${at(0.5)}, p95 ${at(0.95)}, longest ${at(1)}; over 17 ms ${over(17)}, over 34 ms ${over(34)}`;
}
