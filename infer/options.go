package infer

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/schema"
)

// What it takes for a query parameter to be one of more operations than were seen with it.
const (
	minOptionUses  = 3   // operations of a kind that were seen with it, of the same list under several owners
	minListedUses  = 2   // two, of reads of any kind
	minReadUses    = 5   // five:
	minOptionShare = .5  // at least half of all operations of that kind
	minPagingShare = .66 // share of the uses of its like: an API pages its lists in one way
	maxPageProps   = 10  // properties of a page of a list, the list itself included
)

// kind is what operations must share to have options in common; exactly one field but the method tells it.
type kind struct {
	method string
	item   bool   // of writes: the path ends in a parameter
	read   bool   // a read of anything
	paged  shape  // a read of many things, by what it answers
	listed string // what is listed, and the end of the path: the same things under another owner
}

// shape is how a list is answered.
type shape string

const (
	bareList shape = "array" // an array: whether it is a page, headers tell
	pageList shape = "page"  // an object with the list and what tells of other pages
	onlyList shape = "list"  // an object with the list
)

// pageWords are properties of a page that tell of others, squeezed.
var pageWords = map[string]bool{"hasmore": true, "more": true, "next": true, "nextpage": true, "nextpageuri": true, "nexturl": true, "nextcursor": true,
	"nexttoken": true, "nextpagetoken": true, "nextlink": true, "cursor": true, "cursors": true, "page": true, "pages": true, "paging": true,
	"pagination": true, "links": true, "meta": true, "metadata": true, "total": true, "totalcount": true, "totalresults": true, "totalitems": true,
	"totalpages": true, "count": true, "limit": true, "offset": true, "skip": true, "perpage": true, "pagesize": true, "pageinfo": true, "continue": true}

// option is a query parameter of a kind.
type option struct {
	name  string
	facts *paramFacts // of all operations that were seen with it
	uses  int
}

// options are the query parameters that operations of a kind have in common. Those that were never seen with one take
// it all the same: a list is paged like the others, what is listed below another owner is filtered as it is here,
// writes are tried out in one way, what most reads take all take.
type options struct {
	of    map[*candidate][]kind
	known map[kind][]*option
}

func newOptions(cs []*candidate, components []schema.Component) options {
	named := byName(components)
	o := options{of: map[*candidate][]kind{}, known: map[kind][]*option{}}
	count := map[kind]int{}
	for _, c := range cs {
		o.of[c] = c.kinds(named)
		for _, k := range o.of[c] {
			count[k]++
			for _, name := range c.facts.query.Names() {
				i, found := slices.BinarySearchFunc(o.known[k], name, func(x *option, n string) int { return strings.Compare(x.name, n) })
				if !found {
					o.known[k] = slices.Insert(o.known[k], i, &option{name: name, facts: c.facts.query.Get(name).Clone(), uses: 1})
					continue
				}
				x := o.known[k][i]
				x.facts.Merge(c.facts.query.Get(name))
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
	ks := []kind{{method: "GET", read: true}}
	thing, as := c.lists(named)
	if as == "" {
		return ks
	}
	if as == pageList || as == bareList && c.answersLink() {
		ks = append(ks, kind{method: "GET", paged: as})
	}
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

// answersLink says whether an answer has a header that leads to other pages (RFC 8288).
func (c *candidate) answersLink() bool {
	for _, r := range c.op.Responses {
		if slices.ContainsFunc(r.Headers, func(h Param) bool { return h.Name == "Link" }) {
			return true
		}
	}
	return false
}

// lists says how a success of the operation is a list, "" when it is none, and of which component, if it is one.
func (c *candidate) lists(named map[string]*schema.Schema) (thing string, as shape) {
	for _, r := range c.op.Responses {
		for _, m := range r.Content {
			s := m.Schema
			if r.Status >= 300 || s == nil {
				continue
			}
			if s.Kind == schema.Array {
				return refOf(s.Items), bareList
			}
			if s.Ref != "" {
				s = named[s.Ref]
			}
			if thing, as := listIn(s); as != "" {
				return thing, as
			}
		}
	}
	return "", ""
}

// listIn says whether an object holds one list of records, and little beside it.
func listIn(s *schema.Schema) (thing string, as shape) {
	if s == nil || len(s.Properties) > maxPageProps {
		return "", ""
	}
	found := 0
	as = onlyList
	for _, p := range s.Properties {
		it := p.Schema.Items
		switch {
		case p.Name == "id" || p.Name == "uuid":
			return "", ""
		case p.Schema.Kind == schema.Array && it != nil && (it.Ref != "" || it.Kind == schema.Object || it.OneOf != nil):
			thing = refOf(it)
			found++
		case pageWords[noun.Fold(p.Name)]:
			as = pageList
		}
	}
	if found != 1 {
		return "", ""
	}
	return thing, as
}

func refOf(s *schema.Schema) string {
	if s == nil {
		return ""
	}
	return s.Ref
}

// shares says whether a parameter is one of all operations of its kind.
func (k kind) shares(x *option, all []*option, operations int) bool {
	if float64(x.uses) < minOptionShare*float64(operations) {
		return false
	}
	switch {
	case k.listed != "":
		return x.uses >= minListedUses
	case k.read:
		return pagingLike(x.name) == nil && x.uses >= minReadUses
	case k.paged == "":
		return x.uses >= minOptionUses
	}
	like := pagingLike(x.name)
	if like == nil || x.uses < minOptionUses {
		return false
	}
	alike := 0
	for _, y := range all {
		if like[noun.Fold(y.name)] {
			alike += y.uses
		}
	}
	return float64(x.uses) >= minPagingShare*float64(alike)
}

// pagingLike are the names that mean what this one does; nil when it has nothing to do with paging.
func pagingLike(name string) map[string]bool {
	for _, names := range []map[string]bool{pageNumbers, pageSizes, pageOffsets, pageCursors} {
		if names[noun.Fold(name)] {
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
