package main

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/store"
)

// maxCached is how many documents are kept, such as one for each host that an agent looks at.
const maxCached = 8

// documentCache keeps the last documents of a catalog for as long as they would come out the same. It is guarded by the
// catalog's mutex; who is given a document does not change it.
type documentCache struct {
	model *infer.Model // what they were decided by
	rests store.Basis
	all   []cachedDocument // the last used one last
}

type cachedDocument struct {
	request     string
	corrections infer.Corrections
	unfinished  map[string]int64
	document    *exported
}

// current forgets all when something was learnt since.
func (d *documentCache) current(m *infer.Model, rests store.Basis) {
	if d.model != m || d.rests.Deletions != rests.Deletions || !slices.Equal(d.rests.Covers, rests.Covers) {
		*d = documentCache{model: m, rests: store.Basis{Covers: slices.Clone(rests.Covers), Deletions: rests.Deletions}}
	}
}

// get returns a document that was asked for before; nil when there is none.
func (d *documentCache) get(r exportRequest, c infer.Corrections, unfinished map[string]int64) *exported {
	request := fmt.Sprintf("%#v", r)
	for i, x := range d.all {
		if x.request != request {
			continue
		}
		d.all = slices.Delete(d.all, i, i+1)
		if !reflect.DeepEqual(x.corrections, c) || !maps.Equal(x.unfinished, unfinished) {
			return nil
		}
		d.all = append(d.all, x)
		return x.document
	}
	return nil
}

func (d *documentCache) put(r exportRequest, c infer.Corrections, unfinished map[string]int64, e *exported) {
	if len(d.all) == maxCached {
		d.all = slices.Delete(d.all, 0, 1)
	}
	d.all = append(d.all, cachedDocument{fmt.Sprintf("%#v", r), c, maps.Clone(unfinished), e})
}
