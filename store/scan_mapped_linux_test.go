package store

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestScanReleasesPages checks that a scan of a large store does not keep the file in memory.
func TestScanReleasesPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	db, err := Open(path, Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	data := noise(1 << 20)
	for i := range 128 {
		body := bytes.Clone(data)
		body[0], body[1] = byte(i), byte(i>>8)
		f := flow.Flow{Done: true, Request: flow.Request{Method: "PUT", Path: "/", Body: flow.Body{Data: body, Size: int64(len(body))}}}
		if _, err := db.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = Open(path, Options{ReadOnly: true}); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	most, n := 0, 0
	for f, err := range db.Scan(t.Context(), Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if f.Request.Body.Data[2] != data[2] {
			t.Fatal("a wrong body")
		}
		n++
		most = max(most, mapped(t, path))
	}
	if n != 128 || most < 1<<20 || most > mappedBytes+8<<20 {
		t.Errorf("%d flows of 1 MB, at most %d bytes of the file mapped", n, most)
	}
}

var rssLine = regexp.MustCompile(`(?m)^Rss:\s+(\d+) kB$`)

// mapped returns how many bytes of a file are in the memory of this process.
func mapped(t *testing.T, path string) int {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	_, entry, ok := bytes.Cut(maps, []byte(path+"\n"))
	if !ok {
		t.Fatal("the file is not mapped")
	}
	m := rssLine.FindSubmatch(entry)
	if m == nil {
		t.Fatal("no size of a mapping")
	}
	kb, _ := strconv.Atoi(string(m[1]))
	return kb << 10
}
