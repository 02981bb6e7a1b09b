import { VirtualList } from "./virtual";

const rowHeight = 18;

/** Bytes in hexadecimal, beside the characters of ASCII. */
export function HexView({ data }: { data: Uint8Array }) {
  const rows = Math.max(1, Math.ceil(data.length / 16));
  return (
    <VirtualList count={rows} rowHeight={rowHeight} class="mono hex"
      attributes={{ tabIndex: 0, role: "region", "aria-label": "Bytes in hexadecimal", style: { height: Math.min(rows, 2000) * rowHeight + 2 + "px" } }}
      row={(i) => {
        const part = data.subarray(i * 16, i * 16 + 16);
        const hex = Array.from(part, (b) => b.toString(16).padStart(2, "0"));
        const text = Array.from(part, (b) => (b >= 32 && b < 127 ? String.fromCharCode(b) : "·")).join("");
        return (
          <>
            <span class="faint">{(i * 16).toString(16).padStart(8, "0")}</span>{"  "}
            {(hex.slice(0, 8).join(" ") + "  " + hex.slice(8).join(" ")).padEnd(50)}{" "}
            <span class="soft">{text}</span>
          </>
        );
      }} />
  );
}
