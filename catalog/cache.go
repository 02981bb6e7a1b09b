package catalog

import (
	"maps"
	"reflect"
	"slices"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/store"
)

// maxCached is the number of documents that a cache holds, such as one for each host that an agent
// uses.
const maxCached = 8

// documentCache is an LRU cache of the documents of one model. The catalog's mutex guards it.
type documentCache struct {
	model   *infer.Model     // decided the documents
	basis   store.Basis      // of model at that time
	entries []cachedDocument // least recently used first
}

type cachedDocument struct {
	request     string
	corrections correction.Corrections
	unfinished  map[string]int64
	document    *Document
}

// reset empties the cache if the model is another one or has learned since.
func (d *documentCache) reset(m *infer.Model, basis store.Basis) {
	if d.model != m || d.basis.Deletions != basis.Deletions || !slices.Equal(d.basis.Covers, basis.Covers) {
		basis.Covers = slices.Clone(basis.Covers)
		*d = documentCache{model: m, basis: basis}
	}
}

// get returns the document of an equal request, or nil if there is none.
func (d *documentCache) get(r Request, c correction.Corrections, unfinished map[string]int64) *Document {
	request := r.key()
	for i, x := range d.entries {
		if x.request != request {
			continue
		}
		d.entries = slices.Delete(d.entries, i, i+1)
		if !reflect.DeepEqual(x.corrections, c) || !maps.Equal(x.unfinished, unfinished) {
			return nil
		}
		d.entries = append(d.entries, x)
		return x.document
	}
	return nil
}

// put adds a document, for the least recently used one if the cache is full.
func (d *documentCache) put(r Request, c correction.Corrections, unfinished map[string]int64, doc *Document) {
	if len(d.entries) == maxCached {
		d.entries = slices.Delete(d.entries, 0, 1)
	}
	d.entries = append(d.entries, cachedDocument{r.key(), c, maps.Clone(unfinished), doc})
}
