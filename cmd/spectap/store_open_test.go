package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/store"
)

// TestStoreHints checks the error and the hint for each reason that a store cannot be opened.
func TestStoreHints(t *testing.T) {
	dir := t.TempDir()
	db := filepath.Join(dir, "s.db")
	st, err := store.Open(db, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, path, why, try string
	}{
		{"locked", db, "store is in use by another process", "try: fuser "},
		{"missing", filepath.Join(dir, "no.db"), "no such store", "try: spectap import --db "},
		{"another file", text, "not a spectap store", "try: another file with --db"},
		{"a folder", dir, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			code := run(context.Background(), []string{"flows", "ls", "--db", tt.path}, strings.NewReader(""), &out, &errs)
			got := errs.String()
			if code != exitFailed || out.Len() > 0 || !strings.Contains(got, tt.why) || !strings.Contains(got, tt.try) || strings.Count(got, "\n") > 2 {
				t.Errorf("exit %d: %s%s", code, got, out.String())
			}
		})
	}
	for err, try := range map[error]string{
		store.ErrVersion: "spectap version", fs.ErrPermission: "ls -ld", store.ErrReadOnly: "ls -ld", errReadOnlyFS: "ls -ld",
	} {
		var h *hint
		if got := storeHint("/x/s.db", fmt.Errorf("open store: %w", err)); !asHint(got, &h) || !strings.Contains(h.try, try) {
			t.Errorf("%v: %v", err, got)
		}
	}
}

func asHint(err error, h **hint) bool {
	x, ok := err.(*hint)
	*h = x
	return ok
}

// TestQuoteArg quotes only arguments that need it.
func TestQuoteArg(t *testing.T) {
	for in, want := range map[string]string{"a/b.har": "a/b.har", "my file.har": "'my file.har'", "~/x": "~/x"} {
		if got := quoteArg(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}
