package spectools

import (
	"github.com/spectap/spectap/mcptools/opsearch"
)

// searchIndex finds operations by words.
type searchIndex struct {
	ops   []*operation
	index *opsearch.Index
}

func newSearchIndex(ops []*operation) *searchIndex {
	entries := make([]opsearch.Operation, len(ops))
	for i, op := range ops {
		e := opsearch.Operation{
			Name: op.toolName, Method: op.Method, Path: op.Path, Summary: op.doc.Summary, Description: op.doc.Description,
			Tags: op.tags, Deprecated: op.doc.Deprecated,
		}
		for _, p := range op.Parameters {
			e.Parameters = append(e.Parameters, p.Name)
		}
		for _, m := range op.Bodies {
			e.AddBody(m.Doc.Schema)
		}
		entries[i] = e
	}
	return &searchIndex{ops, opsearch.New(entries)}
}

// find returns the operations that match a query and a filter, best first.
func (x *searchIndex) find(query string, filter func(*operation) bool) []*operation {
	found := x.index.Find(query, func(i int) bool { return filter(x.ops[i]) })
	out := make([]*operation, len(found))
	for i, f := range found {
		out[i] = x.ops[f]
	}
	return out
}
