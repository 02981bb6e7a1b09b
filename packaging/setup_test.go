package packaging_test

import (
	"os"
	"testing"
)

// noError ends the test if a step that it needs failed.
func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// readFile returns the content of a file.
func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	noError(t, err)
	return data
}
