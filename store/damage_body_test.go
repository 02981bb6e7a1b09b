package store_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// apart is the number of flows without a body before and behind those of TestDamagedBody. It is
// more than a scan reads at once.
const apart = 300

// TestDamagedBody damages the body of one flow. Whoever needs that body gets one error, behind which
// a scan ends; the others are read as before.
func TestDamagedBody(t *testing.T) {
	random := make([]byte, 5000) // stored as it is
	for i := range random {
		random[i] = byte(rand.Uint32())
	}
	text := bytes.Repeat([]byte("abcdefgh"), 20_000) // in several chunks
	request := func(f *flow.Flow, b []byte) { f.Request.Body = flow.Body{Data: b, Size: int64(len(b))} }
	response := func(f *flow.Flow, b []byte) {
		f.Response = &flow.Response{Status: 200, Body: flow.Body{Data: b, Size: int64(len(b))}}
	}
	messages := func(f *flow.Flow, b []byte) { f.Messages = []flow.Message{{Data: b, Size: int64(len(b))}} }
	for _, tt := range []struct {
		name string
		set  func(*flow.Flow, []byte)
		data []byte
	}{
		{"request", request, random},
		{"compressed request", request, text},
		{"response", response, random},
		{"compressed response", response, text},
		{"messages", messages, random},
		{"compressed messages", messages, text},
	} {
		t.Run(tt.name, func(t *testing.T) {
			flows := make([]flow.Flow, 2*apart+3)
			for i := range flows {
				flows[i] = flow.Flow{ID: flow.NewID(), Done: true}
			}
			for i := range 3 {
				tt.set(&flows[apart+i], append([]byte{byte('0' + i)}, tt.data...))
			}
			checkDamagedBody(t, withDamagedBody(t, flows), apart+2)
		})
	}
}

// withDamagedBody opens a store of flows. The second body is damaged.
func withDamagedBody(t *testing.T, flows []flow.Flow) *store.DB {
	t.Helper()
	db := open(t, store.Options{})
	must(db.Append(t.Context(), flows...))
	noError(t, db.Close())
	path := copyFile(t, db.Path())
	edit(t, path, func(tx *bolt.Tx) error {
		bodies := tx.Bucket([]byte("bodies"))
		k, v := bodies.Cursor().Seek(binary.BigEndian.AppendUint64(nil, 2))
		k, v = bytes.Clone(k), bytes.Clone(v)
		v[len(v)-1] ^= 1
		return bodies.Put(k, v)
	})
	copied := must(store.Open(path, store.Options{}))
	t.Cleanup(func() { copied.Close() })
	return copied
}

// checkDamagedBody checks a store in which one flow, in the middle, has a damaged body.
func checkDamagedBody(t *testing.T, db *store.DB, damaged flow.Seq) {
	if _, err := db.Get(t.Context(), damaged); !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), db.Path()) {
		t.Errorf("get: %v, want ErrCorrupt with the path", err)
	}
	for name, q := range map[string]store.Query{"oldest first": {}, "newest first": {Newest: true}} {
		flows, errs := 0, 0
		for _, err := range db.Scan(t.Context(), q) {
			switch {
			case err == nil:
				flows++
			case errors.Is(err, store.ErrCorrupt):
				errs++
			default:
				t.Errorf("%s: %v", name, err)
			}
		}
		if flows != apart+1 || errs != 1 {
			t.Errorf("%s: %d flows and %d errors, want %d and 1", name, flows, errs, apart+1)
		}
	}
	for f, err := range db.Scan(t.Context(), store.Query{Newest: true, Until: damaged}) {
		if err == nil {
			t.Errorf("flow %d is yielded", f.Last)
		}
		break // nothing is yielded to a loop that was left: the runtime panics if it is
	}
	if got := collect(t, db, store.Query{NoBodies: true}); len(got) != 2*apart+3 {
		t.Errorf("%d flows without bodies, want %d", len(got), 2*apart+3)
	}
	if report, err := db.Verify(t.Context()); err != nil || report.OK() {
		t.Errorf("verify: %+v, %v, want a problem", report, err)
	}
}
