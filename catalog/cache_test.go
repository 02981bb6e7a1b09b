package catalog

import (
	"fmt"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/store"
)

// TestCacheLookups checks that a full cache drops the document that was used least recently, and
// that one is found only for the same request, corrections, unfinished flows, model and flows.
func TestCacheLookups(t *testing.T) {
	request := func(i int) Request { return Request{Hosts: []string{fmt.Sprint(i, ".example")}} }
	model, basis := infer.New(), store.Basis{Covers: store.Ranges{{First: 1, Last: 9}}, Deletions: 1}
	var d documentCache
	fill := func(n int) (docs []*Document) {
		d = documentCache{}
		d.reset(model, basis)
		for i := range n {
			docs = append(docs, new(Document))
			d.put(request(i), correction.Corrections{}, map[string]int64{"a": 1}, docs[i])
		}
		return docs
	}
	get := func(i int) *Document { return d.get(request(i), correction.Corrections{}, map[string]int64{"a": 1}) }

	docs := fill(maxCached)
	for i := range docs {
		if get(i) != docs[i] {
			t.Errorf("document %d of a full cache is another one", i)
		}
	}
	get(0)
	d.put(request(maxCached), correction.Corrections{}, map[string]int64{"a": 1}, new(Document))
	for i := range docs {
		if got := get(i); (got != nil) != (i != 1) {
			t.Errorf("document %d is there: %t", i, got != nil)
		}
	}

	other, unfinished := correction.Corrections{Hosts: map[string]string{"a": "b"}}, map[string]int64{"a": 2}
	for name, miss := range map[string]func() bool{
		"other corrections":      func() bool { return d.get(request(0), other, map[string]int64{"a": 1}) == nil },
		"other unfinished flows": func() bool { return d.get(request(0), correction.Corrections{}, unfinished) == nil },
		"another request":        func() bool { return get(1) == nil },
		"another model":          func() bool { d.reset(infer.New(), basis); return get(0) == nil },
		"more flows": func() bool {
			d.reset(model, store.Basis{Covers: basis.Covers.Add(flow.Seq(10)), Deletions: 1})
			return get(0) == nil
		},
		"a deletion": func() bool { d.reset(model, store.Basis{Covers: basis.Covers, Deletions: 2}); return get(0) == nil },
		"the same":   func() bool { d.reset(model, basis); return get(0) != nil },
		"another saved": func() bool {
			d.reset(model, store.Basis{Covers: basis.Covers, Deletions: 1, Revision: 5})
			return get(0) != nil
		},
	} {
		fill(1)
		if !miss() {
			t.Errorf("%s: wrong", name)
		}
	}
}
