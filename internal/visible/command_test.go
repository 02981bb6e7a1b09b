package visible

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
)

// TestLogWriterSplits writes text with commands in random pieces: the result is that of one call of
// Log, and as JSON it means the same.
func TestLogWriterSplits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"#", "##", "[", "##vso", "##teamcity[", ":", "::", "\n", " ", "a", "é"})).Draw(t, "pieces"), "")
		var b strings.Builder
		w := NewLogWriter(&b)
		for rest := in; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			must.Get(w.Write([]byte(rest[:n])))
			rest = rest[n:]
		}
		if b.String() != Log(in) {
			t.Fatalf("%q became %q, not %q", in, b.String(), Log(in))
		}
		for line := range strings.Lines(b.String()) {
			if strings.Contains(line, "##[") || strings.Contains(line, "##vso[") || strings.HasPrefix(strings.TrimSpace(line), "::") {
				t.Fatalf("%q became %q", in, b.String())
			}
		}
	})
	var b strings.Builder
	if _, err := NewJSONLogWriter(&b).Write([]byte(`["##[a]"]`)); err != nil || b.String() != `["##\u005ba]"]` {
		t.Errorf("%v, JSON %s", err, b.String())
	}
	b.Reset()
	if _, err := NewAnnotationWriter(&b).Write([]byte("::error::##[a]\n")); err != nil || b.String() != "::error::##\\x5ba]\n" {
		t.Errorf("%v, annotation %q", err, b.String())
	}
}
