package relay

import (
	"errors"
	"testing"
)

// TestUnreadableDeletions passes over a deletion that is damaged, and stops at one of a newer version:
// what it deletes would stay.
func TestUnreadableDeletions(t *testing.T) {
	c := testCodec(t)
	for _, tt := range []struct {
		name string
		data []byte
		want error
		last uint64
	}{
		{"damaged", []byte{kindVersion, kindDeletion, 1, 2, 3}, nil, 7},
		{"of a newer version", []byte{kindVersion + 1, kindDeletion, 1, 2, 3}, ErrVersion, 5},
		{"of a newer kind", []byte{kindVersion, kindDeletion + 1, 1, 2, 3}, ErrVersion, 5},
	} {
		m := newMemory(t, removal(c, 2, 0, 5, 1), Entry{Position: 4, Source: Deletions, After: 5, Last: 6, Data: tt.data}, removal(c, 6, 6, 7, 3))
		g, err := newGraveyard(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		err = g.catchUp(t.Context(), m, c, 0, 6)
		if last, _ := g.newest(); !errors.Is(err, tt.want) || tt.want == nil && err != nil || last != tt.last {
			t.Errorf("%s: %v, obeyed up to %d, want %d", tt.name, err, last, tt.last)
		}
	}
}
