package packaging_test

import (
	"os"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// readFile returns the content of a file.
func readFile(t testing.TB, path string) []byte {
	t.Helper()
	return must.Get(os.ReadFile(path))
}
