package mcpclient

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestPagesToOpen checks what a person sees of the page that a server wants to be opened, and which
// pages are declined.
func TestPagesToOpen(t *testing.T) {
	for raw, want := range map[string]string{
		"https://bank.example/x":               "at bank.example,",
		"https://b\u0430nk.example/x":          "at bа[U+0430]nk.example,", // a Cyrillic а
		"https://bank.example@evil.example/":   "at evil.example,",
		"https://evil.example/\u202ebank":      `evil.example/\u202ebank`,
		"javascript:alert(1)":                  "was declined",
		"https:///bank.example":                "was declined",
		`https://evil.example\@bank.example/x`: "was declined",
		`https://evil.example\.bank.example/x`: "was declined",
		"file:///etc/passwd":                   "was declined",
		"https://bank.example\t.evil.example/": "was declined",
	} {
		var out bytes.Buffer
		f := &Form{In: &typedLines{[]string{"y"}}, Out: &out}
		params := must.Get(json.Marshal(map[string]string{"mode": "url", "message": "m", "url": raw}))
		r := elicit(t, f, string(params))
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q: the person sees %q", raw, out.String())
		}
		if declined := want == "was declined"; (r.Action == decline) != declined {
			t.Errorf("%q: %s", raw, r.Action)
		}
	}
}
