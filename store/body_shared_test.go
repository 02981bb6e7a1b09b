package store

import (
	"bytes"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestEqualBodiesAreStoredOnce checks that equal bodies share their bytes, that large ones do so
// after the store was opened again, and that the bytes stay until the last use is deleted.
func TestEqualBodiesAreStoredOnce(t *testing.T) {
	for _, tt := range []struct {
		name   string
		size   int
		reopen bool
		want   int64 // bodies after two flows
	}{
		{"small", 300, false, 1},
		{"small, opened again", 300, true, 2}, // only the latest are known
		{"one chunk, opened again", chunkSize, true, 2},
		{"several chunks", chunkSize + 1, false, 1},
		{"several chunks, opened again", chunkSize + 1, true, 1},
		{"large, opened again", 1 << 20, true, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := openWithClock(t)
			data := noise(tt.size)
			reopen := func() {
				t.Helper()
				noError(t, db.Close())
				db = must(Open(db.Path(), Options{}))
				t.Cleanup(func() { db.Close() })
			}
			check := func(when string, flows int, bodies int64) {
				t.Helper()
				report, err := db.Verify(t.Context())
				if err != nil || !report.OK() || report.Bodies != bodies {
					t.Errorf("%s: %+v, %v; want %d bodies", when, report, err, bodies)
				}
				n := 0
				for f, err := range db.Scan(t.Context(), Query{}) {
					if n++; err != nil || !bytes.Equal(f.Request.Body.Data, data) {
						t.Errorf("%s: flow %d has a body of %d bytes, %v", when, f.Last, len(f.Request.Body.Data), err)
					}
				}
				if n != flows {
					t.Errorf("%s: %d flows, want %d", when, n, flows)
				}
			}
			f := flow.Flow{Done: true, Request: flow.Request{Body: flow.Body{Data: data, Size: int64(tt.size)}}}
			appendOne := func() {
				t.Helper()
				must(db.Append(t.Context(), f))
				if tt.reopen {
					reopen()
				}
			}
			deleteOne := func() {
				t.Helper()
				if n, err := db.Delete(t.Context(), Query{Limit: 1}); n != 1 || err != nil {
					t.Fatalf("deleted %d, %v", n, err)
				}
				if tt.reopen {
					reopen()
				}
			}
			appendOne()
			check("one flow", 1, 1)
			appendOne()
			check("two flows", 2, tt.want)
			deleteOne()
			check("one deleted", 1, 1)
			deleteOne()
			check("both deleted", 0, 0)
			appendOne()
			check("stored again", 1, 1)
		})
	}
}
