package catalog

import (
	"bytes"
	"fmt"
	"reflect"
	"sync/atomic"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/store"
)

// traffic adds n flows of several hosts and shapes, every fifth of which is never done.
func traffic(t *testing.T, db *store.DB, n int) {
	t.Helper()
	var flows []flow.Flow
	for i := range n {
		f := answered(fmt.Sprintf("/%s/%d", []string{"users", "orders", "teams"}[i%3], i%17))
		f.Request.Authority = []string{"a.example", "b.example"}[i/4%2]
		body := fmt.Appendf(nil, `{"id":%d,"name":"n%d","list":[%d,null,"x"],"k%d":true}`, i, i%9, i, i%4)
		f.Response.Body = flow.Body{Data: body, Size: int64(len(body))}
		if f.Done = i%5 != 0; !f.Done {
			f.Response = nil
		}
		flows = append(flows, f)
	}
	must.Get(db.Append(t.Context(), flows...))
}

// learned returns the encoded model of a catalog that learns in shards, and what it covers.
func learned(t *testing.T, c *Catalog, by sharding) ([]byte, store.Ranges) {
	t.Helper()
	if c.model == nil {
		must.Do(t, c.load(t.Context()))
	}
	must.Do(t, c.learnShards(t.Context(), by))
	if _, _, err := c.learn(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := must.Get(c.model.AppendBinary(nil))
	return b, c.basis.Covers
}

// TestShards checks that several goroutines learn what one does, from a new store, from one of
// which some flows are known, and from one with deleted flows.
func TestShards(t *testing.T) {
	db := openStore(t)
	traffic(t, db, 300)
	var seen atomic.Int64
	progress := func() (func(flow.Seq), func()) { return func(flow.Seq) { seen.Add(1) }, func() {} }
	many := New(Config{Store: db, Progress: progress})
	by := sharding{most: 3, window: 16}
	for _, step := range []string{"new", "more", "deleted"} {
		switch step {
		case "more":
			traffic(t, db, 200)
		case "deleted":
			must.Get(db.Delete(t.Context(), store.Query{After: 40, Until: 120}))
			many = New(Config{Store: db})
		}
		one := New(Config{Store: db})
		want, covers := learned(t, one, sharding{most: 1})
		got, covered := learned(t, many, by)
		if !bytes.Equal(got, want) {
			t.Errorf("%s: the facts differ", step)
		}
		if !reflect.DeepEqual(covered, covers) {
			t.Errorf("%s: covers %v, want %v", step, covered, covers)
		}
		if !reflect.DeepEqual(many.unfinished, one.unfinished) || len(one.unfinished) != 2 {
			t.Errorf("%s: unfinished %v, want %v", step, many.unfinished, one.unfinished)
		}
	}
	if n := seen.Load(); n < 400 {
		t.Errorf("progress was told of %d flows", n)
	}
}
