package loss

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// inBucket runs a function with an empty bucket.
func inBucket(t *testing.T, do func(b *bolt.Bucket) error) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "f"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket([]byte("losses"))
		if err != nil {
			return err
		}
		return do(b)
	}); err != nil {
		t.Fatal(err)
	}
}

func loss(after flow.Seq, since, until, flows int64) Loss {
	return Loss{after, time.Unix(since, 0).UTC(), time.Unix(until, 0).UTC(), flows}
}

// TestMerge checks that losses between the same two records become one, with the earliest and the
// latest time, in whatever order they are noted.
func TestMerge(t *testing.T) {
	inBucket(t, func(b *bolt.Bucket) error {
		err := errors.Join(Note(b, loss(0, 50, 60, 1)), Note(b, loss(7, 10, 20, 1)), Note(b, loss(7, 12, 18, 2)),
			Note(b, loss(7, 19, 30, 8)), Note(b, loss(7, 5, 11, 4)), Note(b, loss(7, 6, 29, 16)), Note(b, loss(9, 1, 2, 1)))
		if got, want := List(b), []Loss{loss(0, 50, 60, 1), loss(7, 5, 30, 31), loss(9, 1, 2, 1)}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		return err
	})
}

// TestMax checks that losses beyond the largest number are added to the newest one, until some are
// forgotten.
func TestMax(t *testing.T) {
	inBucket(t, func(b *bolt.Bucket) error {
		for after := flow.Seq(1); after <= Max+2; after++ {
			if err := Note(b, loss(after, int64(after), int64(after), 1)); err != nil {
				return err
			}
		}
		list := List(b)
		if want := loss(Max, Max, Max+2, 3); len(list) != Max || list[Max-1] != want || list[Max-2].Flows != 1 {
			t.Errorf("%d losses, the newest %v, want %v", len(list), list[len(list)-2:], want)
		}
		if err := errors.Join(Forget(b, 3), Note(b, loss(Max+9, 1, 2, 1))); err != nil {
			return err
		}
		if list := List(b); len(list) != Max || list[Max-1].After != Max+9 {
			t.Errorf("%d losses, the newest %v", len(list), list[len(list)-1])
		}
		return nil
	})
}

// TestForget checks that a loss stays as long as a flow before or behind it does, and that forgotten
// losses make room for others.
func TestForget(t *testing.T) {
	for _, tt := range []struct {
		first flow.Seq // of the flows that are left
		want  []flow.Seq
	}{{1, []flow.Seq{3, 5, 8}}, {4, []flow.Seq{3, 5, 8}}, {5, []flow.Seq{5, 8}}, {6, []flow.Seq{5, 8}}, {7, []flow.Seq{8}}, {9, []flow.Seq{8}}, {10, nil}, {0, nil}} {
		inBucket(t, func(b *bolt.Bucket) error {
			for _, after := range []flow.Seq{3, 5, 8} {
				if err := Note(b, loss(after, 1, 2, 1)); err != nil {
					return err
				}
			}
			err := Forget(b, tt.first)
			var got []flow.Seq
			for _, l := range List(b) {
				got = append(got, l.After)
			}
			if !slices.Equal(got, tt.want) || b.Sequence() != uint64(len(tt.want)) {
				t.Errorf("first flow %d: losses after %d, %d are counted, want %d", tt.first, got, b.Sequence(), tt.want)
			}
			return err
		})
	}
}

// TestRead checks that an entry without all of its fields, or with more, is invalid and not listed.
func TestRead(t *testing.T) {
	want := loss(7, 1_700_000_000, 1_700_000_100, 300)
	key, value := key(want.After), want.Value()
	if got, ok := Read(key, value); !ok || got != want {
		t.Errorf("%+v, %t", got, ok)
	}
	bad := map[string][2][]byte{
		"short key": {key[:7], value}, "long key": {append(slices.Clone(key), 0), value}, "more": {key, append(slices.Clone(value), 0)},
		"no flows": {key, loss(7, 1, 2, 0).Value()}, "fewer than none": {key, loss(7, 1, 2, -1).Value()},
	}
	for n := range value {
		bad["cut after "+string('0'+rune(n))] = [2][]byte{key, value[:n]}
	}
	inBucket(t, func(b *bolt.Bucket) error {
		for name, kv := range bad {
			if l, ok := Read(kv[0], kv[1]); ok {
				t.Errorf("%s: %+v", name, l)
			}
			if err := b.Put(kv[0], kv[1]); err != nil {
				return err
			}
			if list := List(b); len(list) != 0 {
				t.Errorf("%s: listed %v", name, list)
			}
		}
		return nil
	})
}
