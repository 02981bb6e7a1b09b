package store

import (
	"errors"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestLargestMeta checks that a flow whose headers and URL are as large as a record may be is stored,
// that one that is a byte larger is refused alone, with the limit, and that the store goes on.
func TestLargestMeta(t *testing.T) {
	if testing.Short() {
		t.Skip("many flows in one goroutine")
	}
	db := openWithClock(t)
	f := flow.Flow{ID: flow.NewID(), Done: true, Request: flow.Request{Path: strings.Repeat("x", maxMeta-1000)}}
	in := incoming{id: f.ID}
	in.encode(&f, 0)
	f.Request.Path += strings.Repeat("x", maxMeta-len(in.meta))
	if last, err := db.Append(t.Context(), f); last != 1 || err != nil {
		t.Errorf("%d, %v", last, err)
	}
	if got, err := db.Get(t.Context(), 1); err != nil || got.Request.Path != f.Request.Path {
		t.Errorf("a path of %d bytes became one of %d, %v", len(f.Request.Path), len(got.Request.Path), err)
	}
	f.Request.Path += "x"
	if _, err := db.Append(t.Context(), f); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "headers and URL of 67108865 bytes, at most 67108864") {
		t.Errorf("a byte more: %v", err)
	}
	im, err := db.Import(t.Context(), "a.har")
	if err != nil {
		t.Fatal(err)
	}
	if err := im.Append(t.Context(), f); !errors.Is(err, ErrTooLarge) {
		t.Errorf("import: %v", err)
	}
	if _, err := db.Apply(t.Context(), Mark{Source: "pod", Last: 1}, []*flow.Flow{&f}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("apply: %v", err)
	}
	if last, err := db.Append(t.Context(), flow.Flow{Done: true}); err != nil || last != 2 {
		t.Errorf("the next flow: %d, %v", last, err)
	}
}
