package store_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// TestCloseWhileReading closes a store during scans. Each scan must end with all flows or with
// ErrClosed, never with a record that seems corrupt.
func TestCloseWhileReading(t *testing.T) {
	for range 10 {
		db := must(store.Open(filepath.Join(t.TempDir(), "f.db"), store.Options{Create: true}))
		body := bytes.Repeat([]byte("compressible "), 1000)
		for range 4 {
			fs := make([]flow.Flow, 64)
			for i := range fs {
				fs[i] = flow.Flow{Done: true, Request: flow.Request{
					Method: "POST", Scheme: "https", Authority: "a.example", Path: "/",
					Body: flow.Body{Data: append([]byte{byte(i)}, body...), Size: int64(len(body) + 1)},
				}}
			}
			must(db.Append(t.Context(), fs...))
		}
		var readers sync.WaitGroup
		started := make(chan struct{}, 2)
		for range 2 {
			readers.Go(func() {
				first := true
				for _, err := range db.Scan(t.Context(), store.Query{}) {
					if first {
						started <- struct{}{}
						first = false
					}
					if err != nil && !errors.Is(err, store.ErrClosed) {
						t.Errorf("scan during Close: %v", err)
					}
				}
			})
		}
		<-started
		noError(t, db.Close())
		readers.Wait()
	}
}
