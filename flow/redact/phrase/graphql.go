package phrase

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// maxQuery bounds the bytes of a query in which variables are looked for.
const maxQuery = 64 << 10

// Variables returns the variables of a GraphQL query that are the values of arguments or fields
// with the name of a secret: p in login(password: $p).
func Variables(query string) (secret []string) {
	s := query[:min(len(query), maxQuery)]
	for at := 0; ; {
		n := strings.IndexByte(s[at:], '$')
		if n < 0 {
			return secret
		}
		at += n + 1
		end := at
		for end < len(s) && (ascii.IsAlnum(s[end]) || s[end] == '_') {
			end++
		}
		before, ok := strings.CutSuffix(strings.TrimRight(s[:at-1], " \t\r\n"), ":")
		if !ok || end == at {
			continue
		}
		before = strings.TrimRight(before, " ")
		k := len(before)
		for k > 0 && (ascii.IsAlnum(before[k-1]) || before[k-1] == '_') {
			k--
		}
		if k < len(before) && len(before)-k <= names.MaxLen && names.SensitivityOf(before[k:]) == names.Secret {
			secret = append(secret, s[at:end])
		}
	}
}
