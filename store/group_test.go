package store

import (
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestImportCopies checks that the caller of Append may use the memory of the bodies again although the
// import is not committed yet.
func TestImportCopies(t *testing.T) {
	db := openFast(t, filepath.Join(t.TempDir(), "flows.db"), Options{Create: true})
	defer db.Close()
	im := must(db.Import(t.Context(), ""))
	var want []string
	reused := noise(100_000) // cannot be compressed
	for range 3 {
		rand.NewChaCha8([32]byte{byte(len(want))}).Read(reused)
		want = append(want, string(reused))
		body := flow.Body{Data: reused, Size: int64(len(reused))}
		f := flow.Flow{Done: true, Request: flow.Request{Authority: "a", Path: "/", Body: body}, Response: &flow.Response{Status: 200, Body: body}}
		noError(t, im.Append(t.Context(), f))
	}
	clear(reused)
	noError(t, im.Commit(t.Context()))
	n := 0
	for f, err := range db.Scan(t.Context(), Query{}) {
		if err != nil || string(f.Request.Body.Data) != want[n] || string(f.Response.Body.Data) != want[n] {
			t.Fatalf("the bodies of flow %d are not those that were appended, %v", f.Last, err)
		}
		n++
	}
	if n != len(want) {
		t.Errorf("%d flows", n)
	}
}
