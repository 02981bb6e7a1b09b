package decode

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/oasdiff/yaml3"
)

// hundredth are the usual limits of YAML, but for the depth, at a hundredth.
func hundredth() yamlLimits {
	l := usualYAML()
	l.nodes, l.cutText = l.nodes/100, l.cutText/100
	return l
}

// Aliases cannot expand to more text, or to more merged pairs, than the limits allow. TestYAMLErrors
// expands one to too many nodes, with the usual limits.
func TestYAMLExpansion(t *testing.T) {
	merges := "x0: &x0 {k: 1}\n"
	for i := range 40 {
		merges += fmt.Sprintf("x%d: &x%d {<<: [*x%d, *x%d]}\n", i+1, i+1, i, i)
	}
	// Each mapping merges the one before: the time grows with the third power of their number.
	chain := func(n int) string {
		b := []byte("a0: &a0 {k0: 1}\n")
		for i := 1; i < n; i++ {
			b = fmt.Appendf(b, "a%d: &a%d {<<: *a%d, k%d: 1}\n", i, i, i-1, i)
		}
		return string(b)
	}
	for _, c := range []struct {
		name, in string
		fails    bool
	}{
		{"text", "a: &a " + strings.Repeat("x", 1<<14) + "\nb: [" + strings.Repeat("*a,", 1000) + "]\n", true},
		{"merges", merges, true},
		{"chain of merges", chain(110), true},
		{"short chain", chain(20), false},
	} {
		if _, err := hundredth().texts([]byte(c.in), true, func(*yaml.Node) {}); errors.Is(err, ErrNotJSON) != c.fails || !c.fails && err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// The lines at the end of truncated YAML that do not parse are dropped from short text, and only few
// of them from long text, which takes a second for each.
func TestYAMLCutText(t *testing.T) {
	const bad = "}\n}\n}\n}\n}\n" // five lines
	for lines, want := range map[int]int{10: 1, 1 << 20 / 100: 0} {
		texts, err := hundredth().texts([]byte(strings.Repeat("- a\n", lines)+bad), false, func(*yaml.Node) {})
		if err != nil || len(texts) != want {
			t.Errorf("%d lines: %d documents (%v), want %d", lines, len(texts), err, want)
		}
	}
}
