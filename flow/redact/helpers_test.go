package redact_test

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
)

var placeholderForm = regexp.MustCompile(`\[redacted:[a-z]+:[0-9a-f]{10}\]`)

// emptied returns s with [] in place of each placeholder.
func emptied(s string) string { return placeholderForm.ReplaceAllString(s, "[]") }

func marshal(f flow.Flow) []byte {
	return must.Get(json.Marshal(f))
}

// letters returns n letters and digits that look random.
func letters(n int) string {
	return strings.Repeat("aZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0sD", 1+n/32)[:n]
}
