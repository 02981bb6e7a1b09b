package store

import (
	"bytes"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// unfinished returns the path of a store with an import of n flows that was never committed, as if
// the process had been killed.
func unfinished(t *testing.T, n int) string {
	t.Helper()
	db := openFast(t, filepath.Join(t.TempDir(), "flows.db"), Options{Create: true})
	add(t, db, 3)
	im, err := db.Import(t.Context(), "a.har")
	for i := 0; err == nil && i < n; i++ {
		err = im.Append(t.Context(), flow.Flow{Done: true, Request: flow.Request{Authority: "imported.example"}})
	}
	if s := im.(*staging); err == nil {
		err = errors.Join(s.flush(t.Context()), s.settle())
	}
	noError(t, errors.Join(err, db.Close()))
	return db.Path()
}

// TestUnfinishedImport checks that Open removes an import that was not committed, of any size, with
// the names of its hosts, and says so.
func TestUnfinishedImport(t *testing.T) {
	for _, n := range []int{1, removeChunk - 1, removeChunk, removeChunk + 1} {
		path := unfinished(t, n)
		var log bytes.Buffer
		db := must(Open(path, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}))
		if !strings.Contains(log.String(), "removing an unfinished import") || !strings.Contains(log.String(), "import=1") {
			t.Errorf("logged %q", &log)
		}
		report, err := db.Verify(t.Context())
		if err != nil || !report.OK() || report.Flows != 3 {
			t.Errorf("%d flows: %+v, %v", n, report, err)
		}
		noError(t, db.view(func(tx *bolt.Tx) error {
			if _, ok := hostID(tx, "imported.example"); ok || tx.Bucket(rootImports).Bucket(key64(1)) != nil {
				t.Errorf("%d flows: something of the import is left", n)
			}
			return nil
		}))
		db.Close()
	}
}
