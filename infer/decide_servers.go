package infer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/naming"
)

// decideServers finds the origins and the path prefix that all operations share.
func decideServers(endpoints []*endpoint, d *Document) {
	if len(endpoints) == 0 {
		return
	}
	n := sharedPrefix(endpoints)
	prefix := ""
	for _, s := range endpoints[0].template.Segments[:n] {
		prefix += "/" + s.String()
	}
	origins := originsOf(endpoints)
	main := origins[0]
	ownOrigins := map[string]bool{} // of operations that main lacks
	for _, e := range endpoints {
		if names := e.facts.origins.Names(); !slices.Contains(names, main) {
			for _, o := range names {
				ownOrigins[o] = true
			}
		}
	}
	for _, o := range origins {
		if o == main || !ownOrigins[o] {
			d.Servers = append(d.Servers, o+prefix)
		}
	}
	for _, e := range endpoints {
		e.op.Path = cmp.Or(strings.TrimPrefix(e.path, prefix), "/")
		e.segments = e.segments[n:]
		if names := e.facts.origins.Names(); !slices.Contains(names, main) {
			for _, o := range names {
				e.op.Servers = append(e.op.Servers, o+prefix)
			}
		}
	}
}

// originsOf returns all origins, first those with most operations.
func originsOf(endpoints []*endpoint) []string {
	operations := map[string]int{}
	for _, e := range endpoints {
		for _, o := range e.facts.origins.Names() {
			operations[o]++
		}
	}
	origins := sortedKeys(operations)
	slices.SortStableFunc(origins, func(a, b string) int {
		return cmp.Or(cmp.Compare(operations[b], operations[a]), cmp.Compare(b, a)) // https before http
	})
	return origins
}

// sharedPrefix counts the leading segments that belong to the URL of the server: literals that all
// operations share, the last a version, "api" or "rest", with segments below it in all paths.
func sharedPrefix(endpoints []*endpoint) int {
	first := endpoints[0].template.Segments
	n := len(first)
	for _, e := range endpoints {
		segments := e.template.Segments
		n = min(n, len(segments)-1)
		for i := range max(n, 0) {
			s := segments[i]
			if s.String() != first[i].String() || len(s.Chunks) != 1 || s.Chunks[0].Param != nil {
				n = i
				break
			}
		}
	}
	for ; n > 0; n-- {
		last := first[n-1].String()
		if naming.IsVersion(last) || strings.EqualFold(last, "api") || strings.EqualFold(last, "rest") {
			return n
		}
	}
	return 0
}
