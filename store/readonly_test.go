package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// writes returns a call of every method that changes a store.
func writes() map[string]func(context.Context, *store.DB) error {
	type ctx = context.Context
	return map[string]func(ctx, *store.DB) error{
		"Append": func(c ctx, db *store.DB) error { _, err := db.Append(c, sample(1)); return err },
		"Apply": func(c ctx, db *store.DB) error {
			f := sample(1)
			_, err := db.Apply(c, store.Mark{Source: "a", Last: 1}, []*flow.Flow{&f})
			return err
		},
		"Delete": func(c ctx, db *store.DB) error { _, err := db.Delete(c, store.Query{}); return err },
		"Import": func(c ctx, db *store.DB) error { _, err := db.Import(c, "x.har"); return err },
		"ImportFrom": func(c ctx, db *store.DB) error {
			_, err := db.ImportFrom(c, store.Mark{Source: "a", Last: 1})
			return err
		},
		"NoteLoss":     func(c ctx, db *store.DB) error { return db.NoteLoss(c, 1, time.Unix(1, 0), time.Unix(2, 0)) },
		"SaveModel":    func(c ctx, db *store.DB) error { return db.SaveModel(c, "m", []byte("x"), store.Basis{}) },
		"Retain":       func(c ctx, db *store.DB) error { _, err := db.Retain(c, store.Retention{MaxBytes: 1}); return err },
		"SetSent":      func(c ctx, db *store.DB) error { return db.SetSent(c, 1) },
		"BeginSession": func(c ctx, db *store.DB) error { _, err := db.BeginSession(c, store.Session{}); return err },
		"EndSession":   func(c ctx, db *store.DB) error { return db.EndSession(c, 1, time.Unix(2, 0), 0) },
		"DeleteSession": func(c ctx, db *store.DB) error {
			return db.DeleteSession(c, 1)
		},
	}
}

// withSession creates a store with three flows and a session, and returns its path.
func withSession(t *testing.T) string {
	t.Helper()
	db := open(t, store.Options{})
	must(db.BeginSession(t.Context(), store.Session{Command: []string{"npm"}, Started: time.Unix(1, 0)}))
	must(db.Append(t.Context(), sample(0), sample(1), sample(2)))
	noError(t, db.Close())
	return db.Path()
}

// TestReadOnlyRefusesWrites checks that a store that was opened for reading refuses each change,
// names itself, and leaves its file alone.
func TestReadOnlyRefusesWrites(t *testing.T) {
	path := withSession(t)
	before := must(os.ReadFile(path))
	db := must(store.Open(path, store.Options{ReadOnly: true}))
	for name, write := range writes() {
		if err := write(t.Context(), db); !errors.Is(err, store.ErrReadOnly) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	noError(t, db.Close())
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed, %v", err)
	}
}
