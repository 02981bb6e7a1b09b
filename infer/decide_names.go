package infer

import (
	"strings"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/naming"
	"github.com/spectap/spectap/infer/schema"
)

// reduceSegments finds the segments that names are made of.
func reduceSegments(endpoints []*endpoint) {
	paths := make([][]naming.Segment, len(endpoints))
	for i, e := range endpoints {
		paths[i] = e.segments
	}
	for i, reduced := range naming.Reduce(paths) {
		endpoints[i].reduced = reduced
	}
}

// decideNames gives each operation an id, a summary and a tag.
func decideNames(endpoints []*endpoint, all []schema.Component) {
	components := byName(all)
	spelling := naming.NewSpelling(componentNames(all))
	operations := make([]naming.Operation, len(endpoints))
	hasPatch := map[string]bool{} // by path
	for _, e := range endpoints {
		hasPatch[e.op.Path] = hasPatch[e.op.Path] || e.method == "PATCH"
	}
	for i, e := range endpoints {
		if e.variant.Name != "" {
			e.op.Variants = []call.Variant{e.variant}
		}
		operations[i] = naming.Operation{
			Variant:  e.variant,
			Method:   e.method,
			Segments: spelling.Apply(e.reduced),
			HasPatch: hasPatch[e.op.Path],
			IsAction: e.isAction(endpoints),
			Response: e.responseShape(endpoints, components),
		}
	}
	ids := naming.IDs(operations)
	for i, e := range endpoints {
		e.op.ID, e.op.Summary = ids[i], operations[i].Summary()
		if tag := operations[i].Tag(); tag != "" {
			e.op.Tags = []string{tag}
		}
	}
}

func componentNames(components []schema.Component) []string {
	names := make([]string, len(components))
	for i, c := range components {
		names[i] = c.Name
	}
	return names
}

// isAction reports whether the operation is a POST, and its path has no other method and no path
// below it.
func (e *endpoint) isAction(endpoints []*endpoint) bool {
	return e.method == "POST" && e.isAlone && !e.hasBelow(endpoints, "")
}

// hasBelow reports whether a path below this one exists whose next segment has the prefix next.
func (e *endpoint) hasBelow(endpoints []*endpoint, next string) bool {
	below := strings.TrimSuffix(e.op.Path, "/") + "/"
	for _, o := range endpoints {
		if len(o.op.Path) > len(below) && strings.HasPrefix(o.op.Path, below+next) {
			return true
		}
	}
	return false
}

// responseShape returns the shape of the responses with status 200.
func (e *endpoint) responseShape(endpoints []*endpoint, components map[string]*schema.Schema) naming.Response {
	if e.facts.lists > 0 {
		return naming.ResponseList
	}
	for i := range e.op.Responses {
		r := &e.op.Responses[i]
		if r.Status != 200 {
			continue
		}
		for _, m := range r.Content {
			s := followRef(m.Schema, components)
			isRecord := s != nil && s.Kind == schema.Object && s.Additional == nil && len(s.Properties) > 0
			if !decode.IsJSON(m.Type) || !isRecord {
				continue
			}
			switch n := countLists(s, components, 2); {
			case n == 0:
				return naming.ResponseObject
			case n == 1 && e.hasBelow(endpoints, "{"):
				return naming.ResponsePage
			}
		}
	}
	return naming.ResponseUnknown
}

// countLists counts the lists in an object, in up to depth levels of objects. A map counts as a
// list.
func countLists(s *schema.Schema, components map[string]*schema.Schema, depth int) (n int) {
	for _, p := range s.Properties {
		switch own := followRef(p.Schema, components); {
		case own == nil:
		case own.Kind == schema.Array, own.Additional != nil:
			n++
		case own.Kind == schema.Object && depth > 1:
			n += countLists(own, components, depth-1)
		}
	}
	return n
}
