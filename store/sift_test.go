package store

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
)

// Parts are matched side by side, and flows come in the order of the query, each once.
func TestScanOrder(t *testing.T) {
	db := must(Open(filepath.Join(t.TempDir(), "flows.db"), Options{Create: true}))
	defer db.Close()
	const n = 5 * partFlows
	var flows []flow.Flow
	for i := range n {
		body := fmt.Sprintf(`{"n":%d,"kind":%q}`, i, []string{"odd one", "even one"}[i%2])
		flows = append(flows, flow.Flow{
			ID: flow.NewID(), Done: true, Started: time.Unix(int64(i), 0).UTC(),
			Request:  flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: fmt.Sprint("/", i)},
			Response: &flow.Response{Status: 200, Body: flow.Body{Data: []byte(body), Size: int64(len(body))}},
		})
	}
	must(db.Append(t.Context(), flows...))
	where := must(filter.Parse(`body:"odd one" or path:/7*`, time.Now()))
	for _, q := range []Query{{}, {Newest: true}, {After: 700, Until: 2000}} {
		var want, got []string
		for f, err := range db.Scan(t.Context(), q) {
			if err == nil && where.Match(&f) {
				want = append(want, f.Request.Path)
			}
		}
		s := Sieve{Where: where}
		for f, err := range s.Scan(t.Context(), db, q, true) {
			noError(t, err)
			got = append(got, f.Request.Path)
		}
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%+v: %d flows, want %d", q, len(got), len(want))
		}
	}
}
