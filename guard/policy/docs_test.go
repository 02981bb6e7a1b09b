package policy

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestDocumentation loads the policies of docs/policy.md, and looks for each key and operator in
// it.
func TestDocumentation(t *testing.T) {
	text := must.Get(os.ReadFile("../../docs/policy.md"))
	n := 0
	for _, m := range regexp.MustCompile("(?s)```yaml\n(version:.*?)```").FindAllSubmatch(text, -1) {
		mustLoad(t, string(m[1]))
		n++
	}
	if n < 3 {
		t.Errorf("%d policies were found", n)
	}
	for _, op := range operators {
		if !strings.Contains(string(text), "`"+string(op)+"`") {
			t.Errorf("the operator %s is not documented", op)
		}
	}
	for _, m := range regexp.MustCompile(`"([a-z_]+)"`).FindAllStringSubmatch(everything, -1) {
		if key := m[1]; strings.Contains(everything, m[0]+":") && !strings.Contains(string(text), key) {
			t.Errorf("the key %s is not documented", key)
		}
	}
}
