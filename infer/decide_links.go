package infer

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/naming"
	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/route"
	"github.com/spectap/spectap/infer/schema"
)

// minReferences is how many values of a field must be values of a parameter with another name:
// buyer_id is the id of a user. Integers can be equal by chance.
const minReferences = 3

// decideLinks finds the fields of responses that hold the parameter of another operation. The
// traffic must show values of the parameter there, and the other parameters of the path must be
// those of the answering operation.
func decideLinks(endpoints []*endpoint, d *Document) {
	components := schema.ByName(d.Components)
	byPath := map[string]*endpoint{}
	for _, e := range endpoints {
		e.decidePaging(components)
		e.describeQuery(components)
		e.linkPages(components)
		byPath[e.method+" "+e.path] = e
	}
	for _, to := range endpoints {
		params := to.template.Params()
		if len(params) == 0 {
			continue
		}
		// A field identifies the last parameter of a path. The others, its owners, come from the
		// request.
		last := params[len(params)-1]
		for _, p := range byEnding(last) {
			from := byPath[p.Method+" "+p.Path]
			if from == nil {
				continue
			}
			to.addSource(from, last, p)
			if from.leadsTo(to, last, p) {
				from.addLink(to, p.Field, components)
			}
		}
	}
	for _, e := range endpoints {
		for i := range e.op.Responses {
			slices.SortFunc(e.op.Responses[i].Links, func(a, b Link) int { return cmp.Compare(a.Name, b.Name) })
		}
	}
}

// A parameter is said to come from maxSources operations. Each has at least a fourth
// (minSourceShare) of the values that the best one has.
const maxSources, minSourceShare = 3, 4

// addSource notes that responses of an operation have values of a path parameter, unless a request
// of that operation needs the value itself, or deleted the thing. Equal integers and a few equal
// words may be chance: ids of users are ids of orders, too. The path or the field must then name
// what the parameter selects.
func (e *endpoint) addSource(from *endpoint, q *route.Param, p route.Producer) {
	above, _, _ := strings.Cut(e.path, "{"+q.Name+"}")
	things := path.Base(above)
	spaced := func(name string) string { return " " + strings.Join(noun.Words(name), " ") + " " }
	isNamed := slices.Contains(strings.Split(from.path, "/"), things) ||
		strings.Contains(spaced(p.Field), spaced(noun.Singular(things)))
	isFew := p.Values < minReferences
	switch {
	case from.op.Method == "DELETE", strings.Contains(from.path, "/"+things+"/{"+q.Name+"}"), minSourceShare*p.Values < q.Producers[0].Values,
		q.Format == "integer" && (isFew || !isNamed), q.Format == "" && isFew && !isNamed:
		return
	}
	source := from.op.Method + " " + from.op.Path
	for i := range e.op.Params {
		if to := &e.op.Params[i]; to.In == InPath && to.Name == q.Name && len(to.Sources) < maxSources && !slices.Contains(to.Sources, source) {
			to.Sources = append(to.Sources, source)
		}
	}
}

// byEnding returns the producers of a parameter, first those whose field ends in the word that its
// name ends in: id before username for user_id, although a call may take either.
func byEnding(q *route.Param) []route.Producer {
	name := noun.Words(q.Name)
	isOther := func(p route.Producer) int {
		if words := noun.Words(p.Field); len(words) > 0 && len(name) > 0 && words[len(words)-1] == name[len(name)-1] {
			return 0
		}
		return 1
	}
	out := slices.Clone(q.Producers)
	slices.SortStableFunc(out, func(a, b route.Producer) int { return isOther(a) - isOther(b) })
	return out
}

// leadsTo reports whether a link is useful. An operation that creates a thing leads to all
// operations on it; one that returns the identifier of another thing leads to reads of that. A
// field such as "id" identifies a thing only in the response that creates it.
func (e *endpoint) leadsTo(to *endpoint, q *route.Param, p route.Producer) bool {
	last := to.segments[len(to.segments)-1]
	switch {
	case len(last.Params) != 1 || e.template == to.template:
		return false
	case to.op.Path == e.op.Path+"/{"+last.Params[0]+"}":
		return e.method == "POST"
	case to.method != "GET":
		return false
	}
	words, param := noun.Words(p.Field), noun.Words(last.Params[0])
	if len(param) == 0 || e.hasParam(last.Params[0]) {
		return false
	}
	return slices.Contains(words, param[0]) && !isGeneric(param[0]) ||
		isReference(words) && q.Format != "integer" && p.Values >= minReferences
}

// isReference reports whether a field with these words holds the identifier of another thing:
// "buyer_id".
func isReference(words []string) bool {
	return len(words) > 1 && (words[len(words)-1] == "id" || words[len(words)-1] == "uuid")
}

// hasParam reports whether the operation's path has this parameter.
func (e *endpoint) hasParam(name string) bool {
	return slices.ContainsFunc(e.segments, func(s naming.Segment) bool { return slices.Contains(s.Params, name) })
}

// isGeneric reports whether a word names no kind of thing.
func isGeneric(word string) bool {
	return slices.Contains([]string{"id", "name", "key", "slug", "number", "code", "uuid", "value", "path", "ref", "type"}, word)
}

// addLink adds links from the successful responses in which the field is required.
func (e *endpoint) addLink(to *endpoint, field string, components map[string]*schema.Schema) {
	params, own := to.template.Params(), e.template.Params()
	last := len(params) - 1
	l := Link{Name: noun.Pascal(to.op.ID), Operation: to.op.ID}
	for i, q := range params[:last] {
		if i >= len(own) || own[i].Name != q.Name {
			return
		}
		l.Parameters = append(l.Parameters, LinkParam{q.Name, "$request.path." + q.Name})
	}
	for i := range e.op.Responses {
		r := &e.op.Responses[i]
		if r.Status < 200 || r.Status > 299 || len(r.Content) != 1 {
			continue
		}
		if p := pointerTo(r.Content[0].Schema, field, components); p != "" {
			link := l
			link.Parameters = append(slices.Clone(l.Parameters), LinkParam{params[last].Name, "$response.body#" + p})
			if !slices.ContainsFunc(r.Links, func(o Link) bool { return o.Name == link.Name }) {
				r.Links = append(r.Links, link)
			}
		}
	}
}

// pointerTo returns the JSON pointer of a required property at the top level, or "" if there is
// none.
func pointerTo(s *schema.Schema, field string, components map[string]*schema.Schema) string {
	if s = schema.Follow(s, components); s == nil {
		return ""
	}
	if slices.ContainsFunc(s.Properties, func(p schema.Property) bool { return p.Name == field && p.Required }) {
		return "/" + schema.EscapePointer(field)
	}
	return ""
}
