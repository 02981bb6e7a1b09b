package marks

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// TestCompare checks which blocks follow a recorded position, which were applied before, and what is
// said of the others.
func TestCompare(t *testing.T) {
	long := strings.Repeat("x", maxName)
	for _, tt := range []struct {
		name                  string
		source                string
		after, last, recorded uint64
		flows                 int
		known                 bool
		err                   error  // what the error wraps
		says                  string // "" for no error
	}{
		{"first", "pod", 0, 5, 0, 5, false, nil, ""},
		{"next", "pod", 5, 9, 5, 0, false, nil, ""},
		{"longest name", long, 5, 9, 5, 0, false, nil, ""},
		{"known", "pod", 5, 9, 9, 4, true, nil, ""},
		{"known for long", "pod", 5, 9, 20, 4, true, nil, ""},
		{"sessions alone", "pod", 5, 5, 5, 0, false, nil, ""},
		{"sessions of before", "pod", 4, 4, 5, 0, false, nil, ""},
		{"sessions of nothing", "pod", 0, 0, 0, 0, false, nil, ""},
		{"sessions of later", "pod", 6, 6, 5, 0, false, ErrGap, "block of records 7 to 6 of source \"pod\": blocks of the source are missing: records up to 5 were applied"},
		{"gap", "pod", 6, 9, 5, 1, false, ErrGap, "block of records 7 to 9 of source \"pod\": blocks of the source are missing: records up to 5 were applied"},
		{"overlap", "pod", 4, 9, 5, 1, false, ErrOverlap, "block of records 5 to 9 of source \"pod\": a part of the block was applied before: records up to 5 were applied"},
		{"no name", "", 5, 9, 5, 0, false, nil, "name of a source with 0 bytes: must have 1 to 256"},
		{"name too long", long + "x", 5, 9, 5, 0, false, nil, "name of a source with 257 bytes: must have 1 to 256"},
		{"ends before it begins", "pod", 9, 8, 9, 0, false, nil, "from record 10 to 8: ends before it begins"},
		{"more flows than numbers", "pod", 5, 9, 5, 5, false, nil, "from record 6 to 9: more flows than numbers: 5"},
		{"flows without numbers", "pod", 5, 5, 5, 1, false, nil, "more flows than numbers: 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			known, err := Compare(tt.source, tt.after, tt.last, tt.recorded, tt.flows)
			if known != tt.known || (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("known %t, %v", known, err)
			}
			var e *Error
			if errors.As(err, &e) != (tt.err != nil) || tt.err != nil && !errors.Is(err, tt.err) {
				t.Errorf("%v does not wrap %v alone", err, tt.err)
			}
		})
	}
}

// TestNote checks that positions are recorded by source, with their time, each only from the position
// before, and that an entry that cannot be read counts as none.
func TestNote(t *testing.T) {
	db, err := bolt.Open(filepath.Join(t.TempDir(), "f"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket([]byte("marks"))
		if err != nil {
			return err
		}
		if err := errors.Join(Note(b, "pod", 0, 5, 100), Note(b, "pod", 5, 1<<40, -200), Note(b, "other", 0, 1, 0)); err != nil {
			return err
		}
		var e *Error
		if err := Note(b, "pod", 5, 9, 300); !errors.As(err, &e) || *e != (Error{"pod", 5, 9, 1 << 40}) {
			t.Errorf("from another position: %v", err)
		}
		want := map[string]Applied{"pod": {1 << 40, time.Unix(-200, 0).UTC()}, "other": {1, time.Unix(0, 0).UTC()}}
		if got := All(b); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v, want %v", got, want)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, v := range [][]byte{nil, bytes.Repeat([]byte{255}, 11)} {
		if got := Read(v); got != (Applied{}) {
			t.Errorf("no entry in %x: %v", v, got)
		}
	}
	whole := Applied{Last: 300, At: time.Unix(1000, 0)}.Value()
	for name, tt := range map[string]struct {
		k, v  []byte
		valid bool
	}{
		"valid":     {[]byte("pod"), whole, true},
		"of one":    {[]byte("pod"), Applied{Last: 1}.Value(), true},
		"long name": {make([]byte, maxName), whole, true},
		"too long":  {make([]byte, maxName+1), whole, false},
		"empty":     {[]byte("pod"), nil, false},
		"cut short": {[]byte("pod"), whole[:1], false},
		"nothing":   {[]byte("pod"), Applied{}.Value(), false},
	} {
		if got := IsValid(tt.k, tt.v); got != tt.valid {
			t.Errorf("%s: valid %t", name, got)
		}
	}
}
