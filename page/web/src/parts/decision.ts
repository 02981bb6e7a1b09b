// Decisions on what strangers ask for.
import { useEffect, useState } from "preact/hooks";

/** How long something must have been shown before it is decided on, in milliseconds: longer than a double click takes. */
const settling = 800;

/**
 * Reports whether something has been shown for long enough to be decided on. Before, a click or key was meant for what
 * stood there, such as the second half of a double click in a list.
 */
export function useSettled(shown: object | undefined): boolean {
  const [settled, setSettled] = useState<object>();
  useEffect(() => {
    const timer = setTimeout(() => setSettled(shown), settling);
    return () => clearTimeout(timer);
  }, [shown]);
  return shown !== undefined && settled === shown;
}
