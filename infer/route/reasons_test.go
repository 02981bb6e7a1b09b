package route

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

const (
	maxReasons  = 35
	reasonsPage = "../../docs/inference-paths.md"
	tableStart  = "<!-- Generated from the code by \"make reference\". -->\n"
	tableEnd    = "<!-- End of the generated part. -->\n"
)

// TestReasonsPage checks that the page on paths lists the reasons as they are in the code. "make
// reference" writes the list.
func TestReasonsPage(t *testing.T) {
	if len(reasons) > maxReasons {
		t.Errorf("%d reasons, more than %d: which does traffic or a public API need least?", len(reasons), maxReasons)
	}
	var b strings.Builder
	for _, r := range reasons {
		fmt.Fprintf(&b, "- %+g: %s (%s)\n", r.weight, r.name, r.api)
	}
	page := must.Get(os.ReadFile(reasonsPage))
	before, rest, found := strings.Cut(string(page), tableStart)
	_, after, ended := strings.Cut(rest, tableEnd)
	if !found || !ended {
		t.Fatalf("%s has no place for the list of reasons", reasonsPage)
	}
	want := before + tableStart + b.String() + tableEnd + after
	if *update {
		must.Do(t, os.WriteFile(reasonsPage, []byte(want), 0o644))
	} else if want != string(page) {
		t.Errorf("%s lists other reasons than the code: run make reference", reasonsPage)
	}
}
