package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Names that no operation has are errors of the command line, in each command that takes them.
func TestUnknownNamesAreMisuse(t *testing.T) {
	dir := t.TempDir()
	api, ids := filepath.Join(dir, "api.yaml"), filepath.Join(dir, "ids.txt")
	for name, text := range map[string]string{ids: "nope\n", api: `{openapi: 3.0.3, info: {title: a, version: "1"}, servers: [{url: "https://a.example"}],
		paths: {/pets: {get: {operationId: listPets, tags: [pets], responses: {"200": {description: ok}}}}}}`} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"filter", api, "--tag", "nope"}, {"serve", api, "--dry-run", "--tag", "nope"},
		{"filter", api, "--function-list-file", ids}, {"serve", api, "--dry-run", "--function-list-file", ids},
		{"filter", api, "--path", "/nope"},
	} {
		if status, _, errs := runInstall(t, args...); status != 2 || !strings.Contains(errs, "try: ") {
			t.Errorf("%s: exit status %d, want 2, and a hint: %s", args, status, errs)
		}
	}
}
