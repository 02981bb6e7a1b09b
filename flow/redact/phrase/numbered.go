package phrase

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// Numbered finds the secret after a label with a number, one of several: "Unseal Key 1: x". The
// last word of the label is s[i:j]. The value must look generated: "Pin 3: GPIO17" is none.
func Numbered(s string, i, j int) (Span, bool) {
	const least = 12
	k := j + 1
	for k < len(s) && k < j+4 && ascii.IsDigit(s[k]) {
		k++
	}
	if k == j+1 || !strings.HasPrefix(s[k:], ": ") || !names.MayEndSecret(s[i:j]) ||
		names.SensitivityOf(s[Start(s, i):j]) != names.Secret {
		return Span{}, false
	}
	from := lex.SkipQuote(s, k+len(": "))
	end := wordEnd(s, from)
	return Span{from, end}, end-from >= least && form.IsMixed(s[from:end])
}
