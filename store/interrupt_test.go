package store

import (
	"errors"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// TestPanicIsDamage checks that a transaction in which bbolt panics is an error of a damaged store,
// and that the store works on.
func TestPanicIsDamage(t *testing.T) {
	db := openWithClock(t)
	for name, run := range map[string]func(func(*bolt.Tx) error) error{"view": db.view, "update": db.update} {
		if err := run(func(*bolt.Tx) error { panic("invalid page type") }); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "invalid page type") {
			t.Errorf("%s: %v", name, err)
		}
	}
	noError(t, db.SaveModel(t.Context(), "m", []byte("data"), Basis{}))
}
