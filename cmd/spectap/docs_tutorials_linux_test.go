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

// ranBy says which test runs the commands of the other pages.
var ranBy = map[string]string{
	"approvals.md": "TestApprovalsPage", "access.md": "TestAccessPage", "pins.md": "TestPinsPage", "scale.md": "TestScaleDocument",
	"gateway.md": "make consumers", "policy.md": "make consumers", "mock.md": "make consumers",
	"install.md":   "the tests of completion and of packaging: it changes the shell and the machine",
	"overrides.md": "testdata/script/correct.txtar: an API that its examples fit",
}

// captureOfSuite is what the pages begin with: a capture of the test suite, and documents.
const captureOfSuite = `
spectap run -o api.yaml -- npm test
kill $api; wait $api || :; start_api
for name in old new main shop bank club; do cp api.yaml $name.yaml; done
echo '{overlay: 1.1.0, info: {title: x, version: x}, actions: [{target: $.info, update: {title: x}}]}' >public.overlay.yaml
cp policy.yaml strict.yaml
mkdir work; cp api.yaml work/
`

// TestPages runs the commands of all pages that no other test runs.
func TestPages(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	pages, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	noError(t, err)
	ran := 0
	for _, page := range pages {
		text := readFile(t, page)
		script, lines := docsScript(strings.ReplaceAll(string(text), "\\\n", " "))
		if lines == 0 || ranBy[filepath.Base(page)] != "" {
			continue
		}
		ran++
		t.Run(strings.TrimSuffix(filepath.Base(page), ".md"), func(t *testing.T) {
			runInNamespace(t, strings.Replace(script, docsProlog, docsProlog+captureOfSuite, 1))
		})
	}
	if ran < 5 {
		t.Errorf("ran the commands of %d pages only", ran)
	}
}
