package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// TestStatBytes checks that the size of a store is that of its file, which grows ahead of its use.
func TestStatBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	db, err := store.Open(path, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for range 3 {
		if _, err := db.Append(t.Context(), flow.Flow{Done: true, Request: flow.Request{Body: flow.Body{Data: make([]byte, 1<<20)}}}); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if st, err := db.Stat(t.Context()); err != nil || st.Bytes != info.Size() || st.Used <= 0 || st.Used > st.Bytes {
			t.Errorf("%d bytes, of which %d are used, %v; the file has %d", st.Bytes, st.Used, err, info.Size())
		}
	}
}
