package storetest

import (
	"cmp"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/store"
)

// testRandom applies the same random operations to a store and to a Memory, and compares the
// results.
func testRandom(t *testing.T, open func(*testing.T) store.Store) {
	// The default of rapid is a hundred sequences. Each needs a store on disk.
	const sequences = 40
	made, failed := 0, false
	rapid.Check(t, func(rt *rapid.T) {
		if made++; made > sequences && !failed {
			return
		}
		failed = true // until the end; rapid repeats a failed sequence to shrink it
		s, m := open(t), NewMemory()
		defer s.Close()
		p := &pair{rt: rt, t: t, s: s, m: m}
		rt.Repeat(map[string]func(*rapid.T){
			"":        p.compare,
			"append":  p.append,
			"finish":  p.finish,
			"import":  p.imports,
			"delete":  p.delete,
			"get":     p.get,
			"query":   p.query,
			"invalid": p.invalid,
		})
		failed = false
	})
}

// pair is a store and the Memory that it is compared with.
type pair struct {
	rt   *rapid.T
	t    *testing.T
	s    store.Store
	m    *Memory
	open []flow.Flow // flows without a response
	n    int
}

// flow draws a flow. Bodies and hosts are drawn from a few, so that equal ones are frequent.
func (p *pair) flow(rt *rapid.T) flow.Flow {
	p.n++
	f := sample(rapid.IntRange(0, 5).Draw(rt, "flow"))
	f.ID = flow.ID{byte(p.n >> 8), byte(p.n), 1}
	f.Session = rapid.Uint64Range(0, 2).Draw(rt, "session")
	f.Tags = rapid.SampledFrom([][]string{nil, {"smoke"}, {"smoke", "slow"}}).Draw(rt, "tags")
	f.Started = start.Add(time.Duration(rapid.IntRange(0, 20).Draw(rt, "minute")) * time.Minute)
	if rapid.IntRange(0, 4).Draw(rt, "long") == 0 {
		f.Response.Body.Data = []byte(rapid.SampledFrom(longBodies).Draw(rt, "body"))
	}
	if rapid.IntRange(0, 4).Draw(rt, "socket") == 0 {
		f.Messages = messages(rapid.IntRange(1, 3).Draw(rt, "messages"))
	}
	return f
}

var longBodies = []string{string(make([]byte, 70_000)), string(make([]byte, 3000))}

func (p *pair) flows(rt *rapid.T) []flow.Flow {
	fs := make([]flow.Flow, rapid.IntRange(1, 8).Draw(rt, "flows"))
	for i := range fs {
		fs[i] = p.flow(rt)
		if rapid.IntRange(0, 2).Draw(rt, "open") == 0 {
			p.open = append(p.open, fs[i])
			fs[i] = awaited(fs[i])
		}
	}
	return fs
}

func (p *pair) append(rt *rapid.T) {
	fs := p.flows(rt)
	a, errA := p.s.Append(p.t.Context(), fs...)
	b, errB := p.m.Append(p.t.Context(), fs...)
	if a != b || errA != nil || errB != nil {
		rt.Fatalf("append: %d, %v; want %d, %v", a, errA, b, errB)
	}
}

// finish appends the completion of a flow, or another state without a response.
func (p *pair) finish(rt *rapid.T) {
	if len(p.open) == 0 {
		rt.Skip("nothing is awaited")
	}
	i := rapid.IntRange(0, len(p.open)-1).Draw(rt, "which")
	f := p.open[i]
	if rapid.IntRange(0, 3).Draw(rt, "again") == 0 {
		f = awaited(f)
	} else {
		p.open = slices.Delete(p.open, i, i+1)
	}
	a, errA := p.s.Append(p.t.Context(), f)
	b, errB := p.m.Append(p.t.Context(), f)
	if a != b || errA != nil || errB != nil {
		rt.Fatalf("append: %d, %v; want %d, %v", a, errA, b, errB)
	}
}

func (p *pair) imports(rt *rapid.T) {
	ctx := p.t.Context()
	a := must.Get(p.s.Import(ctx, "import:a"))
	b, _ := p.m.Import(ctx, "import:a")
	if a.Number() != b.Number() {
		rt.Fatalf("import %d, want %d", a.Number(), b.Number())
	}
	for range rapid.IntRange(0, 3).Draw(rt, "calls") {
		fs := p.flows(rt)
		must.Do(rt, a.Append(ctx, fs...))
		b.Append(ctx, fs...)
		if rapid.Bool().Draw(rt, "live") {
			p.append(rt)
		}
	}
	if rapid.IntRange(0, 2).Draw(rt, "abort") == 0 {
		must.Do(rt, a.Abort())
		b.Abort()
		return
	}
	must.Do(rt, a.Commit(ctx))
	b.Commit(ctx)
}

// drawQuery draws a query of which most conditions are optional.
func (p *pair) drawQuery(rt *rapid.T) store.Query {
	number := rapid.IntRange(0, p.n+5)
	q := store.Query{
		Newest: rapid.Bool().Draw(rt, "newest"), NoBodies: rapid.Bool().Draw(rt, "nobodies"),
		Limit: rapid.SampledFrom([]int{0, 0, 1, 2, 7}).Draw(rt, "limit"),
	}
	if rapid.Bool().Draw(rt, "numbers") {
		q.After, q.Until = flow.Seq(number.Draw(rt, "after")), flow.Seq(number.Draw(rt, "until"))
	}
	if rapid.Bool().Draw(rt, "host") {
		q.Authority = rapid.SampledFrom([]string{"host0.example", "host1.example", "host9.example"}).Draw(rt, "authority")
	}
	if rapid.IntRange(0, 2).Draw(rt, "of a session") == 0 {
		q.Session = rapid.Uint64Range(1, 3).Draw(rt, "session")
	}
	if rapid.Bool().Draw(rt, "times") {
		q.Since = start.Add(time.Duration(rapid.IntRange(0, 20).Draw(rt, "since")) * time.Minute)
		q.Before = q.Since.Add(time.Duration(rapid.IntRange(0, 10).Draw(rt, "minutes")) * time.Minute)
	}
	for range rapid.IntRange(0, 3).Draw(rt, "ranges") {
		first := flow.Seq(number.Draw(rt, "first") + 1)
		q.Except = q.Except.Union(store.Range{First: first, Last: first + flow.Seq(rapid.IntRange(0, 5).Draw(rt, "more"))})
	}
	if rapid.IntRange(0, 3).Draw(rt, "only") == 0 {
		q.Only = store.Ranges{}
		for range rapid.IntRange(0, 4).Draw(rt, "only ranges") {
			first := flow.Seq(number.Draw(rt, "first") + 1)
			q.Only = q.Only.Union(store.Range{First: first, Last: first + flow.Seq(rapid.IntRange(0, 5).Draw(rt, "more"))})
		}
	}
	return q
}

func (p *pair) delete(rt *rapid.T) {
	q := p.drawQuery(rt)
	q.Limit = cmp.Or(q.Limit, 5) // keeps some flows for later steps
	a, errA := p.s.Delete(p.t.Context(), q)
	b, errB := p.m.Delete(p.t.Context(), q)
	if a != b || errA != nil || errB != nil {
		rt.Fatalf("delete %+v: %d, %v; want %d, %v", q, a, errA, b, errB)
	}
}

func (p *pair) get(rt *rapid.T) {
	n := flow.Seq(rapid.IntRange(0, p.n+5).Draw(rt, "number"))
	a, errA := p.s.Get(p.t.Context(), n)
	b, errB := p.m.Get(p.t.Context(), n)
	if !reflect.DeepEqual(a, b) || (errA == nil) != (errB == nil) {
		rt.Fatalf("get %d: %+v, %v\nwant %+v, %v", n, a, errA, b, errB)
	}
}

func (p *pair) query(rt *rapid.T) { p.same(rt, p.drawQuery(rt)) }

// invalid runs queries that no flow can match.
func (p *pair) invalid(rt *rapid.T) {
	p.same(rt, store.Query{After: ^flow.Seq(0)})
	p.same(rt, store.Query{After: 5, Until: 3})
	p.same(rt, store.Query{Since: start.Add(time.Hour), Before: start})
}

// same compares the results of a query.
func (p *pair) same(rt *rapid.T, q store.Query) {
	a, b := collect(p.t, p.s, q), collect(p.t, p.m, q)
	if !reflect.DeepEqual(a, b) {
		rt.Fatalf("%+v:\n got %v\nwant %v", q, lastNumbers(a), lastNumbers(b))
	}
}

// compare checks after every step that both stores have the same flows and counts.
func (p *pair) compare(rt *rapid.T) {
	p.same(rt, store.Query{NoBodies: true})
	a := must.Get(p.s.Stat(p.t.Context()))
	b, _ := p.m.Stat(p.t.Context())
	a.Deletions, b.Deletions = 0, 0 // the number of increments per deletion is not specified
	a.Bytes, a.Used = 0, 0
	if !reflect.DeepEqual(a, b) {
		rt.Fatalf("stat %+v\nwant %+v", a, b)
	}
}
