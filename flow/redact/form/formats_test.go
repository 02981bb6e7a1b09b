package form

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestFormatsHaveRows checks that each token format has a row in testdata/prefixes.txt of package
// redact, with its prefix and its least length, whose tests try it.
func TestFormatsHaveRows(t *testing.T) {
	data, err := os.ReadFile("../testdata/prefixes.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range tokenFormats {
		if row := fmt.Sprintf("\n%s %d ", f.prefix, f.min); !strings.Contains(string(data), row) {
			t.Errorf("no row %q", strings.TrimSpace(row))
		}
	}
}
