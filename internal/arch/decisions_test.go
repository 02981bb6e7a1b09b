package arch

import (
	"path/filepath"
	"testing"
)

// Each decision record has a number of its own.
func TestDecisionNumbers(t *testing.T) {
	files, err := filepath.Glob("../../docs/decisions/[0-9]*.md")
	if err != nil || len(files) == 0 {
		t.Fatal("no records", err)
	}
	taken := map[string]string{}
	for _, path := range files {
		name := filepath.Base(path)
		number := name[:min(4, len(name))]
		if other := taken[number]; other != "" {
			t.Errorf("%s and %s have the same number: give one the next that is free", other, name)
		}
		taken[number] = name
	}
}
