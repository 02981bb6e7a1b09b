import { useEffect, useState } from "preact/hooks";

type Plotting = typeof import("./plot");
let loaded: Plotting | undefined;

/** Returns what draws plots, once it is loaded. It is not loaded before wanted is true: the first paint needs no plot. */
export function usePlot(wanted: boolean): Plotting | undefined {
  const [plotting, setPlotting] = useState(loaded);
  useEffect(() => {
    if (wanted && !plotting) void import("./plot").then((p) => setPlotting((loaded = p)));
  }, [wanted]);
  return plotting;
}
