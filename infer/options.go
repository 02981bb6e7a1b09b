package infer

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/schema"
)

// What it takes for a query parameter to be one of more operations than were seen with it.
const (
	minOptionUses  = 3   // operations of a kind that were seen with it
	minWriteShare  = .3  // share of all operations of that kind
	minPagingShare = .66 // share of the uses of its like: an API pages its lists in one way
	maxPageProps   = 10  // properties of a page of a list, the list itself included
)

// kind is what operations must share to have options in common; exactly one field but the method tells it.
type kind struct {
	method string
	item   bool   // of writes: the path ends in a parameter
	paged  bool   // a read of many things
	listed string // what is listed, and the end of the path: the same things under another owner
}

// option is a query parameter of a kind.
type option struct {
	name  string
	facts *paramFacts // of all operations that were seen with it
	uses  int
}

// options are the query parameters that operations of a kind have in common. Those that were never seen with one take
// it all the same: a list is paged like the others, what is listed below another owner is filtered as it is here,
// writes are tried out in one way.
type options struct {
	of    map[*candidate][]kind
	known map[kind][]*option
}

func newOptions(cs []*candidate, components []schema.Component) options {
	named := map[string]*schema.Schema{}
	for _, c := range components {
		named[c.Name] = c.Schema
	}
	o := options{of: map[*candidate][]kind{}, known: map[kind][]*option{}}
	count := map[kind]int{}
	for _, c := range cs {
		o.of[c] = c.kinds(named)
		for _, k := range o.of[c] {
			count[k]++
			for _, name := range c.facts.query.names() {
				i, found := slices.BinarySearchFunc(o.known[k], name, func(x *option, n string) int { return strings.Compare(x.name, n) })
				if !found {
					o.known[k] = slices.Insert(o.known[k], i, &option{name: name, facts: c.facts.query.get(name).clone(), uses: 1})
					continue
				}
				x := o.known[k][i]
				x.facts.merge(c.facts.query.get(name))
				x.uses++
			}
		}
	}
	for k, all := range o.known {
		o.known[k] = slices.DeleteFunc(slices.Clone(all), func(x *option) bool { return !k.shares(x, all, count[k]) })
	}
	return o
}

// kinds says which kinds of operations this is one of.
func (c *candidate) kinds(named map[string]*schema.Schema) []kind {
	switch {
	case c.variant.Name != "":
		return nil
	case c.method != "GET":
		return []kind{{method: c.method, item: c.endsInParam()}}
	}
	thing, many := c.lists(named)
	if !many {
		return nil
	}
	ks := []kind{{method: "GET", paged: true}}
	if thing != "" {
		end := len(c.steps)
		for end > 0 && c.steps[end-1].literal != "" {
			end--
			thing += "/" + c.steps[end].literal
		}
		ks = append(ks, kind{method: "GET", listed: thing})
	}
	return ks
}

// lists says whether a success of the operation is a list or a page of one, and of which component, if it is one.
func (c *candidate) lists(named map[string]*schema.Schema) (thing string, many bool) {
	for _, r := range c.op.Responses {
		for _, m := range r.Content {
			s := m.Schema
			if r.Status >= 300 || s == nil {
				continue
			}
			if s.Kind == schema.Array {
				return refOf(s.Items), true
			}
			if s.Ref != "" {
				s = named[s.Ref]
			}
			if thing, many := listIn(s); many {
				return thing, true
			}
		}
	}
	return "", false
}

// listIn says whether an object holds one list of records, and little beside it.
func listIn(s *schema.Schema) (thing string, many bool) {
	if s == nil || len(s.Properties) > maxPageProps {
		return "", false
	}
	found := 0
	for _, p := range s.Properties {
		switch it := p.Schema.Items; {
		case p.Name == "id" || p.Name == "uuid":
			return "", false
		case p.Schema.Kind == schema.Array && it != nil && (it.Ref != "" || it.Kind == schema.Object || it.OneOf != nil):
			thing = refOf(it)
			found++
		}
	}
	return thing, found == 1
}

func refOf(s *schema.Schema) string {
	if s == nil {
		return ""
	}
	return s.Ref
}

// shares says whether a parameter is one of all operations of its kind.
func (k kind) shares(x *option, all []*option, operations int) bool {
	switch {
	case k.listed != "":
		return x.uses < operations
	case !k.paged:
		return x.uses >= minOptionUses && float64(x.uses) >= minWriteShare*float64(operations)
	}
	like := pagingLike(x.name)
	if like == nil || x.uses < minOptionUses {
		return false
	}
	alike := 0
	for _, y := range all {
		if like[squeeze(y.name)] {
			alike += y.uses
		}
	}
	return float64(x.uses) >= minPagingShare*float64(alike)
}

// pagingLike are the names that mean what this one does; nil when it has nothing to do with paging.
func pagingLike(name string) map[string]bool {
	for _, names := range []map[string]bool{pageNumbers, pageSizes, pageOffsets, pageCursors} {
		if names[squeeze(name)] {
			return names
		}
	}
	return nil
}

// withOptions adds to an operation the parameters that its kind has and it was not seen with.
func (c *candidate) withOptions(o options, p Policy) {
	for _, k := range o.of[c] {
		for _, x := range o.known[k] {
			if !slices.ContainsFunc(c.op.Params, func(q Param) bool { return q.In == InQuery && q.Name == x.name }) {
				q := queryParam(x.name, x.facts, c.facts, p, true)
				q.Seen = 0
				c.op.Params = append(c.op.Params, q)
			}
		}
	}
}
