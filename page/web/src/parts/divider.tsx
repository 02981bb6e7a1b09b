import { useEffect, useRef, useState } from "preact/hooks";

interface Props {
  /** What the width is kept under, for the next visit. */
  name: string;
  /** What stands before it and after it, as one says it. */
  label: string;
  /** The width of what stands after it, in percent of both. */
  width: number;
}

const least = 20;
const most = 80;

/**
 * A bar between two parts, which changes how they share the width: --NAME of the element that has both is the width of the
 * second one.
 */
export function Divider({ name, label, width }: Props) {
  const bar = useRef<HTMLDivElement>(null);
  const [now, setNow] = useState(() => Number(localStorage.getItem("width-" + name)) || width);
  useEffect(() => {
    bar.current!.parentElement!.style.setProperty("--" + name, now + "%");
    localStorage.setItem("width-" + name, String(now));
  }, [now]);
  const set = (w: number) => setNow(Math.round(Math.max(least, Math.min(most, w)) * 10) / 10);
  return (
    <div ref={bar} class="divider" role="separator" aria-orientation="vertical" aria-label={label} tabIndex={0}
      aria-valuemin={least} aria-valuemax={most} aria-valuenow={now} title="Drag, or use the arrow keys; a double click resets"
      onDblClick={() => set(width)}
      onPointerDown={(e) => {
        e.currentTarget.setPointerCapture(e.pointerId);
        e.preventDefault();
      }}
      onPointerMove={(e) => {
        if (!e.currentTarget.hasPointerCapture(e.pointerId)) return;
        const box = e.currentTarget.parentElement!.getBoundingClientRect();
        set((box.right - e.clientX) / box.width * 100);
      }}
      onKeyDown={(e) => {
        if (e.key !== "ArrowLeft" && e.key !== "ArrowRight") return;
        set(now + (e.key === "ArrowLeft" ? 2 : -2));
        e.preventDefault();
        e.stopPropagation();
      }} />
  );
}
