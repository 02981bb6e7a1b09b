// What a component shows of the server.
import { useEffect, useState } from "preact/hooks";
import { subscribe, type CallError, type Feed } from "../wire";

/**
 * Returns what ask answers, and why it does not; "" if it does. It asks again when one of the values in on changes: until
 * then, the answer before stays. It stays, too, if ask returns undefined. fail takes an error instead.
 */
export function useAnswer<T>(ask: (signal: AbortSignal) => Promise<T> | undefined, on: unknown[], fail?: (e: unknown) => void): [T | undefined, string] {
  const [answer, setAnswer] = useState<T>();
  const [error, setError] = useState("");
  useEffect(() => {
    const abort = new AbortController();
    ask(abort.signal)?.then((x) => {
      if (abort.signal.aborted) return;
      setAnswer(() => x);
      setError("");
    }, (e: Error) => {
      if (!abort.signal.aborted) (fail ?? (() => setError(e.message)))(e);
    });
    return () => abort.abort();
  }, on);
  return [answer, error];
}

/** Returns the newest event of a feed, and why there will be no other. */
export function useFeed<In, Event>(feed: Feed<In, Event>, arg: In, on: unknown[]): [Event | undefined, CallError | undefined] {
  const [state, setState] = useState<{ event?: Event; error?: CallError }>({});
  useEffect(() => subscribe(feed, arg, (event) => setState({ event }), (error) => setState((s) => ({ ...s, error }))), on);
  return [state.event, state.error];
}
