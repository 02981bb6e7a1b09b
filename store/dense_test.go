package store

import (
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// TestTablesAreDense checks that flows that are stored one after the other fill the pages of their
// tables. By default bbolt leaves half of a page empty for keys in between, which never come.
func TestTablesAreDense(t *testing.T) {
	if testing.Short() {
		t.Skip("many flows in one goroutine")
	}
	db := openWithClock(t)
	for range 20 {
		fs := make([]flow.Flow, 200)
		for i := range fs {
			data := noise(200)
			fs[i] = flow.Flow{Done: true, Request: flow.Request{Authority: "a.example", Body: flow.Body{Data: data, Size: 200}}}
		}
		if _, err := db.Append(t.Context(), fs...); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.view(func(tx *bolt.Tx) error {
		for name, b := range map[string]*bolt.Bucket{"flows": liveSegment(tx).flows, "bodies": tx.Bucket(rootBodies)} {
			if st := b.Stats(); st.KeyN != 4000 || st.LeafInuse*10 < st.LeafAlloc*9 {
				t.Errorf("%s: %d keys, %d of %d bytes are in use", name, st.KeyN, st.LeafInuse, st.LeafAlloc)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
