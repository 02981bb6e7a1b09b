package decode_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/decode"
)

// TestLongCutYAML holds that the lines at the end of truncated YAML that do not parse are dropped
// from short text, and only few of them from long text, which takes a second for each.
func TestLongCutYAML(t *testing.T) {
	const bad = "}\n}\n}\n}\n}\n" // five lines
	for _, c := range []struct {
		name  string
		lines int
		want  int // documents
	}{
		{"short", 10, 1},
		{"long", 1 << 20, 0},
	} {
		texts, err := decode.YAML([]byte(strings.Repeat("- a\n", c.lines)+bad), false)
		if err != nil || len(texts) != c.want {
			t.Errorf("%s: %d documents (%v), want %d", c.name, len(texts), err, c.want)
		}
	}
}
