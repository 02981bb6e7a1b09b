package main

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// TestModelKeepsStore names a store as the file of facts, which would replace all of its flows.
func TestModelKeepsStore(t *testing.T) {
	dir := t.TempDir()
	shapesCapture(t, dir, map[string]string{})
	db, facts := filepath.Join(dir, "s.db"), filepath.Join(dir, "s.model")
	command(t, "model", "save", "--db", db, "-o", facts)
	for _, args := range [][]string{{"model", "save", "--db", db, "-o", db}, {"model", "merge", facts, "-o", db}} {
		var errs bytes.Buffer
		if status := run(t.Context(), args, nil, io.Discard, &errs); status != exitFailed || !strings.Contains(errs.String(), "its flows would be lost") {
			t.Errorf("%q: status %d, %s", args, status, errs.String())
		}
	}
	if !isStore(db) {
		t.Error("the store is gone")
	}
}
