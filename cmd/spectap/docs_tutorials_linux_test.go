package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTutorials runs the commands of each tutorial as a script that stops at the first failure,
// beside the same API and test suite as the README.
func TestTutorials(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	pages, err := filepath.Glob(filepath.Join("..", "..", "docs", "tutorials", "*.md"))
	if err != nil || len(pages) < 3 {
		t.Fatal(pages, err)
	}
	for _, page := range pages {
		text := readFile(t, page)
		t.Run(strings.TrimSuffix(filepath.Base(page), ".md"), func(t *testing.T) {
			var b strings.Builder
			b.WriteString(docsProlog + "set -x\n")
			for _, m := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
				for line := range strings.Lines(m[1]) {
					if strings.Contains(line, "npm test") {
						b.WriteString("kill $api; wait $api || :; start_api\n") // with the state that the suite expects
					}
					b.WriteString(line)
				}
			}
			b.WriteString("[ -s api.yaml ]\n")
			out := runInNamespace(t, b.String())
			if os.Getenv("SHOW") != "" {
				t.Log(out)
			}
		})
	}
}
