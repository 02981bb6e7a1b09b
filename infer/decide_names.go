package infer

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/naming"
	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/pagename"
	"github.com/spectap/spectap/infer/schema"
)

// reduceSegments finds the segments that names are made of.
func reduceSegments(endpoints []*endpoint) {
	paths := make([][]naming.Segment, len(endpoints))
	for i, e := range endpoints {
		paths[i] = e.spokenSegments()
	}
	for i, reduced := range naming.Reduce(paths) {
		endpoints[i].reduced = reduced
	}
}

// spokenSegments returns the segments of the path as names say them: the custom verb behind a
// parameter and the collection before a key are segments of their own. keys/{key}:rotate is named
// like keys/{key}/rotate, and Items({id}) like Items/{id}.
func (e *endpoint) spokenSegments() []naming.Segment {
	templates := e.template.Segments[len(e.template.Segments)-len(e.segments):]
	var out []naming.Segment
	for i, s := range e.segments {
		chunks := templates[i].Chunks
		if collection, _, ok := strings.Cut(chunks[0].Literal, "("); ok && len(chunks) > 1 && collection != "" {
			out = append(out, naming.Segment{Literal: collection})
		}
		out = append(out, s)
		if verb, ok := strings.CutPrefix(chunks[len(chunks)-1].Literal, ":"); ok && len(chunks) > 1 && verb != "" {
			out = append(out, naming.Segment{Literal: verb, IsCommand: true})
		}
	}
	return out
}

// decideNames gives each operation an id, a summary and a tag. It returns the title of the API of a
// host.
func decideNames(host string, endpoints []*endpoint, all []schema.Component) string {
	components := schema.ByName(all)
	names := namesOf(endpoints, all)
	vocabulary := naming.NewVocabulary(names)
	spelling := naming.NewSpelling(componentNames(all), vocabulary)
	operations := make([]naming.Operation, len(endpoints))
	has := map[[2]string]bool{}           // by path and method
	reads := map[string]naming.Response{} // by path
	links := map[string]bool{}            // by path: whether no PUT had a body
	isCalls := areCalls(endpoints)
	for _, e := range endpoints {
		has[[2]string{e.op.Path, e.method}] = true
		switch e.method {
		case "GET":
			reads[e.op.Path] = e.responseShape(endpoints, components)
		case "PUT":
			links[e.op.Path] = e.op.Request.isEmpty(components)
		}
	}
	for i, e := range endpoints {
		if e.variant.Name != "" {
			e.op.Variants = []call.Variant{e.variant}
		}
		hasItems := e.hasItems(endpoints)
		operations[i] = naming.Operation{
			Variant:  e.variant,
			Method:   e.method,
			Segments: spelling.Apply(e.reduced),
			HasPatch: has[[2]string{e.op.Path, "PATCH"}],
			HasItems: hasItems,
			Response: e.responseShape(endpoints, components),
			Read:     reads[e.op.Path],

			HasDelete:  has[[2]string{e.op.Path, "DELETE"}],
			IsCall:     isCalls,
			IsRead:     e.readsLikeGet(endpoints),
			IsAlone:    e.isAlone && !hasItems,
			IsBodiless: e.op.Request.isEmpty(components),

			HasBodilessPut: links[e.op.Path],
		}
	}
	ids, tags := naming.IDs(operations), naming.Tags(operations, vocabulary)
	for i, e := range endpoints {
		e.op.ID, e.op.Summary = ids[i], operations[i].Summary(vocabulary)
		if tags[i] != "" {
			e.op.Tags = []string{tags[i]}
		}
	}
	return naming.Title(host, headerNames(endpoints), tags, append(names, writtenNames(endpoints, all)...), vocabulary)
}

// namesOf returns the names from which a vocabulary learns: literals of paths, names of components
// and of their properties.
func namesOf(endpoints []*endpoint, components []schema.Component) []string {
	names := componentNames(components)
	for _, e := range endpoints {
		for _, s := range e.segments {
			if s.Literal != "" {
				names = append(names, s.Literal)
			}
		}
	}
	for _, c := range components {
		for _, p := range c.Schema.Properties {
			names = append(names, p.Name)
		}
	}
	return names
}

// writtenNames returns the names and constants in components and in responses.
func writtenNames(endpoints []*endpoint, components []schema.Component) []string {
	var out []string
	for _, c := range components {
		out = c.Schema.AppendNames(out)
	}
	for _, e := range endpoints {
		for _, r := range e.op.Responses {
			for _, m := range r.Content {
				out = m.Schema.AppendNames(out)
			}
		}
	}
	return out
}

func componentNames(components []schema.Component) []string {
	names := make([]string, len(components))
	for i, c := range components {
		names[i] = c.Name
	}
	return names
}

// hasItems reports whether a path below this one exists whose next segment begins with a parameter.
func (e *endpoint) hasItems(endpoints []*endpoint) bool {
	items := strings.TrimSuffix(strings.TrimSuffix(e.op.Path, e.template.Extension), "/") + "/{"
	return slices.ContainsFunc(endpoints, func(o *endpoint) bool { return strings.HasPrefix(o.op.Path, items) })
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
			s := schema.Follow(m.Schema, components)
			isRecord := s != nil && s.Kind == schema.Object && s.Additional == nil && len(s.Properties) > 0
			if !decode.IsJSON(m.kind()) || !isRecord {
				continue
			}
			isOne := slices.ContainsFunc(s.Properties, func(p schema.Property) bool { return noun.Fold(p.Name) == "id" }) &&
				!slices.ContainsFunc(s.Properties, func(p schema.Property) bool { return pagename.IsNext(p.Name) })
			switch n := s.CountLists(components, 2); {
			case n == 0:
				return naming.ResponseObject
			case n == 1 && (e.hasItems(endpoints) || e.method == "POST" && e.endsInPlural()):
				return naming.ResponsePage
			case isOne: // an item with lists
				return naming.ResponseObject
			}
		}
	}
	return naming.ResponseUnknown
}

// minCalls is how many operations must all be POSTs for the method to say nothing.
const minCalls = 5

// areCalls reports whether the methods of an API say nothing: all operations are POSTs, and most do
// not go to a collection, where a POST creates: /chat/completions.
func areCalls(endpoints []*endpoint) bool {
	plurals := 0
	for _, e := range endpoints {
		if e.method != "POST" {
			return false
		}
		if e.endsInPlural() {
			plurals++
		}
	}
	return len(endpoints) >= minCalls && 2*plurals <= len(endpoints)
}

// endsInPlural reports whether the last literal of the path is a plural, and no parameter follows.
func (e *endpoint) endsInPlural() bool {
	n := len(e.reduced)
	return n > 0 && noun.IsPlural(e.reduced[n-1].Literal)
}

// readsLikeGet reports whether a POST of a form is a read: a GET of the path has the same answer,
// and the fields of the form as query parameters, which may be too long for a URL.
func (e *endpoint) readsLikeGet(endpoints []*endpoint) bool {
	if e.method != "POST" || e.op.Request == nil || e.facts.query.Len() > 0 {
		return false
	}
	for _, o := range endpoints {
		if o.method != "GET" || o.path != e.path || !slices.Equal(e.answers(), o.answers()) || len(e.answers()) == 0 {
			continue
		}
		for _, m := range e.op.Request.Content {
			isField := func(p schema.Property) bool { return o.facts.query.Get(p.Name) != nil }
			if decode.IsForm(m.Type) && m.Schema != nil && slices.ContainsFunc(m.Schema.Properties, isField) {
				return true
			}
		}
	}
	return false
}

// isEmpty reports whether a request has no body, or only objects without properties.
func (r *RequestBody) isEmpty(components map[string]*schema.Schema) bool {
	if r == nil {
		return true
	}
	return !slices.ContainsFunc(r.Content, func(m Media) bool {
		s := schema.Follow(m.Schema, components)
		return s == nil || s.Kind != schema.Object || len(s.Properties) > 0 || s.Additional != nil
	})
}

// headerNames returns the names of the header parameters of all operations.
func headerNames(endpoints []*endpoint) []string {
	var names []string
	for _, e := range endpoints {
		for _, q := range e.op.Params {
			if q.In == InHeader {
				names = append(names, q.Name)
			}
		}
	}
	return names
}
