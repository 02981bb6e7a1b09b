package attack

import (
	"fmt"
	"regexp"
	"strings"
)

// hostile is text that a terminal, a reader or a browser acts on.
var hostile = map[string]string{
	"escape sequence": "x\x1b]0;owned\x07y", "CSI": "x\x1b[2Jy", "8-bit CSI": "x\u009b2Jy", "bidi": "x\u202eyz\u202c", "isolate": "x\u2066y\u2069",
	"zero width": "x\u200by", "tags": "x\U000e0041y", "carriage return": "ok\rEVIL", "backspace": "a\b\b\bEVIL", "line separator": "x\u2028y", "soft hyphen": "x\u00ady",
}

var unsafe = regexp.MustCompile("[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")

// quoted writes text as a JSON string with escapes for all but ASCII.
func quoted(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		case r < ' ' || r > '~' || r == '"' || r == '\\':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}

func urlEscape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}
