package decode_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/decode"
)

// TestYAMLDepth converts values that are as deep as may be, and refuses deeper ones. The document and
// the number count as levels, too.
func TestYAMLDepth(t *testing.T) {
	for depth, want := range map[int]string{998: "", 999: "line 1: nested deeper than 1000 levels, or an alias contains itself: not representable in JSON"} {
		texts, err := decode.YAML([]byte(strings.Repeat("[", depth)+"1"+strings.Repeat("]", depth)), true)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want || err == nil && string(texts[0]) != strings.Repeat("[", depth)+"1"+strings.Repeat("]", depth) {
			t.Errorf("%d deep: %q, want %q", depth, got, want)
		}
	}
}
