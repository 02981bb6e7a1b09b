package search

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// pathRedactor hides the word secret in paths. It panics for a path with the word defect.
type pathRedactor struct{}

func (pathRedactor) Flow(f flow.Flow) flow.Flow {
	if strings.Contains(f.Request.Path, "defect") {
		panic("a defect")
	}
	f.Request.Path = strings.ReplaceAll(f.Request.Path, "secret", "[redacted]")
	return f
}

func indexOf(t testing.TB, st store.Reader) *Index {
	return New(t.Context(), Config{Store: st, Redactor: pathRedactor{}, Texts: func(f *flow.Flow) iter.Seq[string] {
		return func(yield func(string) bool) { yield(f.Request.Path) }
	}})
}

var searchHosts = []string{"a.example", "b.example", "c.example"}

// someFlow returns flow number i of a test.
func someFlow(i, words int, path string) flow.Flow {
	f := flow.Flow{ID: flow.NewID(), Done: true, Request: flow.Request{
		Method: "GET", Scheme: "https", Authority: searchHosts[i%3], Path: "/" + path + strings.Repeat(fmt.Sprint("/", i*7919), words),
	}, Response: &flow.Response{Status: 200 + i%5}}
	f.Request.Body.Data = make([]byte, i%7*1000)
	return f
}

// TestIndexFindsWhatAScanFinds checks that a scan with the index, complete, in part or empty, with
// and without a test of raw flows, yields the flows that a filter selects in their order, never
// leaves one out that matches, and counts each examined flow once.
func TestIndexFindsWhatAScanFinds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		st := storetest.NewMemory()
		n := rapid.SampledFrom([]int{0, 1, 3, 4, 5, 63, 64, 65, 150, 300}).Draw(rt, "flows")
		append1 := func(f flow.Flow) {
			must.Get(st.Append(t.Context(), f))
		}
		var open flow.ID // the newest flow that has not ended
		x := indexOf(t, st)
		at := rapid.SliceOfN(rapid.IntRange(0, n), 0, 6).Draw(rt, "indexed after")
		for i := range n {
			f := someFlow(i, rapid.IntRange(0, 3).Draw(rt, "words"), rapid.SampledFrom([]string{"walnut", "maple", "secret", "oak-tree"}).Draw(rt, "path"))
			if f.Done = i%11 != 3; !f.Done {
				open = f.ID
			}
			append1(f)
			if i%11 == 5 { // a new state of an older flow
				f := someFlow(i-2, 1, "maple")
				f.ID = open
				append1(f)
			}
			if slices.Contains(at, i) {
				must.Do(rt, x.Update(t.Context()))
			}
		}
		if rapid.Bool().Draw(rt, "deleted") {
			must.Get(st.Delete(t.Context(), store.Query{Until: flow.Seq(n / 3)}))
		}
		switch rapid.IntRange(0, 2).Draw(rt, "built") {
		case 0:
			must.Do(rt, x.Build(t.Context()))
		case 1:
			must.Do(rt, x.Update(t.Context()))
			must.Get(x.extend(t.Context()))
		}
		var all []flow.Flow
		for f, err := range st.Scan(t.Context(), store.Query{}) {
			if err != nil {
				rt.Fatal(err)
			}
			all = append(all, f)
		}
		word := rapid.SampledFrom([]string{"walnut", "maple", "oak", "[redacted]", "nothing"}).Draw(rt, "word")
		p := &Filter{Query: ForText(word)}
		if rapid.Bool().Draw(rt, "hosts") {
			p.Hosts = searchHosts[:rapid.IntRange(1, 2).Draw(rt, "hosts of")]
		}
		if rapid.Bool().Draw(rt, "match") {
			p.Match = func(e *Entry) bool { return e.Status != 202 }
		}
		fits := func(f *flow.Flow) bool {
			return strings.Contains(pathRedactor{}.Flow(*f).Request.Path, word) && (p.Hosts == nil || slices.Contains(p.Hosts, f.Request.Authority)) &&
				(p.Match == nil || f.Response.Status != 202)
		}
		want := []flow.Seq{}
		for i := range all {
			if fits(&all[i]) {
				want = append(want, all[i].Last)
			}
		}
		stop := rapid.SampledFrom([]int{1, 2, 7, 1000}).Draw(rt, "flows of a page")
		for _, down := range []bool{true, false} {
			got, examined, from := []flow.Seq{}, 0, flow.Seq(0)
			for pages, ended := 0, false; !ended; pages++ {
				if pages > len(all)+5 {
					rt.Fatalf("down %t: no end at %d", down, from)
				}
				scan := x.Ascending
				if down {
					scan = x.Descending
				}
				ended = true
				found := 0
				for v, err := range scan(t.Context(), p, from) {
					if err != nil {
						rt.Fatal(err)
					}
					examined, from = examined+v.Examined, v.Next
					// Entries without a match of their own are tested by the caller.
					if v.Flow != nil && fits(v.Flow) && (p.Match == nil || v.Entry == nil || p.Match(v.Entry)) {
						got = append(got, v.Flow.Last)
						if v.Entry != nil && (v.Entry.Last != v.Flow.Last || v.Entry.Host != v.Flow.Request.Authority || v.Entry.Status != v.Flow.Response.Status) {
							rt.Fatalf("flow %d has the entry %+v", v.Flow.Last, v.Entry)
						}
						if found++; found == stop {
							ended = false
							break
						}
					}
				}
			}
			if down {
				slices.Reverse(got)
			}
			if !slices.Equal(got, want) || examined < len(all) {
				rt.Fatalf("down %t: found %v, want %v; examined %d of %d", down, got, want, examined, len(all))
			}
		}
		must.Do(rt, x.Build(t.Context()))
		if n, complete := x.Covered(0); n != len(all) || !complete {
			rt.Fatalf("covered are %d of %d, complete %t", n, len(all), complete)
		}
		if got := x.CountAfter(0, int64(len(all))); got != int64(len(all)) {
			rt.Fatalf("%d flows come after none, want %d", got, len(all))
		}
		entries := 0
		last := flow.Seq(1 << 60)
		for e := range x.Entries(&Filter{}) {
			if entries++; e.Last >= last {
				rt.Fatalf("record %d comes after %d", e.Last, last)
			}
			last = e.Last
		}
		if entries != len(all) {
			rt.Fatalf("%d entries of %d flows", entries, len(all))
		}
	})
}
