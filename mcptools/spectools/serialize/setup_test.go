package serialize

import "testing"

// noError ends the test if a step that it needs failed.
func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
