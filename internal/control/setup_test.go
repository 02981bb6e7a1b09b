package control

import (
	"testing"

	"github.com/spectap/spectap/store"
)

// noError ends the test if a step that it needs failed.
func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// openStore opens a store, which the test closes.
func openStore(t testing.TB, path string, o store.Options) *store.DB {
	t.Helper()
	return must(store.Open(path, o))
}

// must returns v and panics if err is not nil.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
