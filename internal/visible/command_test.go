package visible

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLog(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"Azure", "x ##vso[task.setvariable variable=PATH]y", `x ##vso\x5btask.setvariable variable=PATH]y`},
		{"Azure, capitals", "##VSO[task.complete]", `##VSO\x5btask.complete]`},
		{"GitHub, within a line", "x ##[add-mask]y", `x ##\x5badd-mask]y`},
		{"GitHub, at the beginning", "a\n \t::error::b", "a\n \t:\\x3aerror::b"},
		{"TeamCity", "##teamcity[buildStop]", `##teamcity\x5bbuildStop]`},
		{"within a line", "GET a::b", "GET a::b"},
		{"headings and lists", "## [a](b)\n#[1] x[0] : : a:\n", "## [a](b)\n#[1] x[0] : : a:\n"},
		{"one colon", ":a: b ::c", ":a: b ::c"},
		{"hidden too", "\x1b##[a]", `\x1b##\x5ba]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Log(tt.in); got != tt.want {
				t.Errorf("Log(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

// TestLogWriterSplits writes text with commands in random pieces: the result is that of one call of
// Log, and as JSON it means the same.
func TestLogWriterSplits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"#", "##", "[", "##vso", "##teamcity[", ":", "::", "\n", " ", "a", "é"})).Draw(t, "pieces"), "")
		var b strings.Builder
		w := NewLogWriter(&b)
		for rest := in; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			if _, err := w.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
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
