package dialog

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/phrase"
)

// headerDirective finds the value of a header with the name of a secret in the configuration of a
// web server: proxy_set_header X-Api-Key x, RequestHeader set Authorization "Bearer x". The scheme
// stays.
func headerDirective(s string, _, j int) (phrase.Span, bool) {
	var args [3]phrase.Span
	n, _ := arguments(s, j, args[:])
	k := 0
	if n > 0 && strings.Contains(" set add append setifempty ", " "+args[0].In(s)+" ") {
		k = 1
	}
	if k+1 >= n || args[k].End-args[k].Start > names.MaxLen || names.SensitivityOf(args[k].In(s)) != names.Secret {
		return phrase.Span{}, false
	}
	if names.LastWord(args[k].In(s)) == "cookie" { // whose value has names of its own
		return phrase.Span{}, false
	}
	value := args[k+1]
	if at := strings.IndexByte(value.In(s), ' '); at > 0 {
		value.Start += at + 1
	}
	return value, !strings.ContainsAny(value.In(s), "$%{") // no variable
}
