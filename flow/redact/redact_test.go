package redact_test

import (
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
)

var red = redact.New([]byte("key of the tests"), redact.Config{})

func header(nv ...string) flow.Header {
	var h flow.Header
	for i := 0; i < len(nv); i += 2 {
		h = append(h, flow.Field{Name: nv[i], Value: nv[i+1]})
	}
	return h
}

// stars replaces the hashes of placeholders by stars.
func stars(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, "[redacted:")
		if i < 0 {
			return b.String() + s
		}
		end := i + strings.IndexByte(s[i:], ']')
		colon := strings.LastIndexByte(s[:end], ':')
		b.WriteString(s[:colon+1] + "*]")
		s = s[end+1:]
	}
}
