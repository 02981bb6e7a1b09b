package router

import (
	"strings"

	"github.com/spectap/spectap/internal/ascii"
)

// segment is a decoded segment of a path that knows where each of its bytes came from.
type segment struct {
	raw     string
	decoded string
	at      []int32 // offset in raw of each decoded byte; nil if nothing was encoded
}

func decodeSegment(raw string) segment {
	if !strings.Contains(raw, "%") {
		return segment{raw: raw, decoded: raw}
	}
	t := segment{raw: raw}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		t.at = append(t.at, int32(i))
		if i+2 < len(raw) && raw[i] == '%' && ascii.IsHexDigit(raw[i+1]) && ascii.IsHexDigit(raw[i+2]) {
			out = append(out, ascii.HexValue(raw[i+1])<<4|ascii.HexValue(raw[i+2]))
			i += 3
		} else {
			out = append(out, raw[i])
			i++
		}
	}
	t.decoded = string(out)
	return t
}

// cut returns the raw form of decoded[i:j].
func (t segment) cut(i, j int) string {
	if t.at == nil {
		return t.raw[i:j]
	}
	from, to := len(t.raw), len(t.raw)
	if i < len(t.at) {
		from = int(t.at[i])
	}
	if j < len(t.at) {
		to = int(t.at[j])
	}
	return t.raw[from:to]
}
