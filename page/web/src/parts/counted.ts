import type { Signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";

/** Returns what f makes of a list, and makes it again while the list changes: once a second at most, more often while it is
 * read, and at once when it is whole. */
export function useCounted<L extends { version: Signal<number>; loading: Signal<boolean> }, T>(list: L, f: (l: L) => T): T {
  const [value, setValue] = useState(() => f(list));
  useEffect(() => {
    let timer = 0;
    const make = () => {
      clearTimeout(timer);
      timer = 0;
      setValue(() => f(list));
    };
    const stop = list.version.subscribe(() => {
      timer ||= window.setTimeout(make, list.loading.value ? 200 : 900);
    });
    let wasLoading = false;
    const whole = list.loading.subscribe((loading) => {
      if (wasLoading && !loading) make();
      wasLoading = loading;
    });
    return () => {
      stop();
      whole();
      clearTimeout(timer);
    };
  }, [list]);
  return value;
}
