package store

import (
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
)

// hide removes the word secret from the path and the body of a flow.
func hide(f flow.Flow) flow.Flow {
	f.Request.Path = strings.ReplaceAll(f.Request.Path, "secret", "*")
	if f.Response != nil {
		r := *f.Response
		r.Body.Data = []byte(strings.ReplaceAll(string(r.Body.Data), "secret", "*"))
		f.Response = &r
	}
	return f
}

// newStore returns a store whose flows have secrets in the paths and the bodies.
func newStore(t *testing.T, n int) *DB {
	t.Helper()
	db := must(Open(filepath.Join(t.TempDir(), "flows.db"), Options{Create: true}))
	t.Cleanup(func() { db.Close() })
	var flows []flow.Flow
	for i := range n {
		body := fmt.Sprintf(`{"n":%d,"kind":%q}`, i, []string{"odd", "even", "secret"}[i%3])
		f := flow.Flow{
			ID: flow.NewID(), Done: true, Started: time.Unix(int64(i), 0).UTC(),
			Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: fmt.Sprint([]string{"/", "/secret"}[i/7%2], i)},
		}
		if i%11 > 0 {
			f.Response = &flow.Response{Status: 200 + i%2*204, Body: flow.Body{Data: []byte(body), Size: int64(len(body))}}
		}
		flows = append(flows, f)
	}
	must(db.Append(t.Context(), flows...))
	return db
}

// TestScanLaw checks that a sieve yields the flows that its filter selects one by one, once they
// are redacted, for any order, bounds and form of the flows, and that it yields them as they were
// recorded.
func TestScanLaw(t *testing.T) {
	n := 3000
	if testing.Short() {
		n = 1300 // beyond the numbers of the queries
	}
	db := newStore(t, n)
	for _, text := range []string{"", "method:GET", "status:404", "path:/secret*", "body:secret", "body:even or status:404", "not body:odd", "path:/7* and body:secret"} {
		var where *filter.Filter
		if text != "" {
			where = must(filter.Parse(text, time.Now()))
		}
		for name, redact := range map[string]func(flow.Flow) flow.Flow{"as it is": nil, "redacted": hide} {
			s := Sieve{Where: where, Redact: redact}
			for _, q := range []Query{
				{}, {Newest: true}, {After: 50, Until: 1200}, {Limit: 70}, {Newest: true, Limit: 700}, {NoBodies: true},
			} {
				for _, whole := range []bool{false, true} {
					if where == nil && redact != nil {
						continue
					}
					got := paths(t, s.Scan(t.Context(), db, q, whole), whole && !q.NoBodies)
					if want := selected(t, db, where, redact, q); !slices.Equal(got, want) {
						t.Errorf("%q, %s, %+v, whole %t: %d flows, want %d", text, name, q, whole, len(got), len(want))
					}
				}
			}
		}
	}
}

// selected returns the paths of the flows of q that a filter selects, one by one.
func selected(t *testing.T, db *DB, where *filter.Filter, redact func(flow.Flow) flow.Flow, q Query) (out []string) {
	t.Helper()
	q.NoBodies = false
	for f, err := range db.Scan(t.Context(), q) {
		noError(t, err)
		shown := f
		if redact != nil {
			shown = redact(f)
		}
		if where.Match(&shown) {
			out = append(out, f.Request.Path)
		}
	}
	return out
}

// paths returns the paths of flows. Those with a response must have its body, if withBody is set.
func paths(t *testing.T, flows iter.Seq2[flow.Flow, error], withBody bool) (out []string) {
	t.Helper()
	for f, err := range flows {
		noError(t, err)
		if withBody && f.Response != nil && len(f.Response.Body.Data) == 0 {
			t.Fatalf("%s has no body", f.Request.Path)
		}
		out = append(out, f.Request.Path)
	}
	return out
}
