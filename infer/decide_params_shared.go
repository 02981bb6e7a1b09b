package infer

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/listing"
	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/pagename"
	"github.com/spectap/spectap/infer/schema"
)

// Conditions under which all operations of a kind accept a query parameter.
const (
	minListedUses  = 2   // operations that have it, for lists of one thing under several owners
	minReadUses    = 5   // operations that have it, for reads of anything
	minKindUses    = 3   // operations that have it, for all other kinds
	minKindShare   = .5  // share of the operations of the kind that have it
	minPagingShare = .66 // share among the parameters that mean the same: an API pages its lists in one way
	minPlainShare  = .66 // share of the bare lists without a Link header that have it: many are a single page
)

// plainList is the shape of a bare list of records without a Link header.
const plainList listing.Shape = "plain list"

// operationKind is what operations must have in common to share parameters. Besides the method, one
// field is set.
type operationKind struct {
	method string
	item   bool          // of writes: the path ends in a parameter
	read   bool          // a read of anything
	paged  listing.Shape // a read of a list in pages, by its shape
	listed string        // the component that is listed and the last literals of the path: the same list of another owner
}

// sharedParam is a query parameter of a kind of operations.
type sharedParam struct {
	name  string
	facts *paramFacts // of all operations that have it
	uses  int         // the number of these operations
}

// sharedParams holds the query parameters that operations of one kind share. An operation that was
// never called with one accepts it nevertheless: all lists are paged alike, the list of another
// owner has the same filters, writes have the same modes, and what most reads accept all reads
// accept.
type sharedParams struct {
	kinds  map[*endpoint][]operationKind
	shared map[operationKind][]*sharedParam // sorted by name
}

func newSharedParams(endpoints []*endpoint, components []schema.Component) sharedParams {
	named := byName(components)
	o := sharedParams{kinds: map[*endpoint][]operationKind{}, shared: map[operationKind][]*sharedParam{}}
	operations := map[operationKind]int{}
	for _, e := range endpoints {
		o.kinds[e] = e.kinds(named)
		for _, k := range o.kinds[e] {
			operations[k]++
			for _, name := range e.facts.query.Names() {
				if q := e.facts.query.Get(name); q.seen > 0 {
					o.add(k, name, q)
				}
			}
		}
	}
	for k, all := range o.shared {
		isOwn := func(x *sharedParam) bool { return !k.shares(x, all, operations[k]) }
		o.shared[k] = slices.DeleteFunc(slices.Clone(all), isOwn)
	}
	return o
}

// add adds the facts of a parameter of one operation of a kind.
func (o *sharedParams) add(k operationKind, name string, facts *paramFacts) {
	compare := func(x *sharedParam, name string) int { return strings.Compare(x.name, name) }
	i, found := slices.BinarySearchFunc(o.shared[k], name, compare)
	if !found {
		o.shared[k] = slices.Insert(o.shared[k], i, &sharedParam{name: name, facts: facts.Clone(), uses: 1})
		return
	}
	x := o.shared[k][i]
	x.facts.Merge(facts)
	x.uses++
}

// kinds returns the kinds that the operation is of.
func (e *endpoint) kinds(named map[string]*schema.Schema) []operationKind {
	switch {
	case e.variant.Name != "":
		return nil
	case e.method != "GET":
		return []operationKind{{method: e.method, item: e.endsInParam()}}
	}
	kinds := []operationKind{{method: "GET", read: true}}
	component, shape := e.listOf(named)
	if shape == "" {
		return kinds
	}
	switch {
	case shape == listing.PageList, shape == listing.BareList && e.hasLinkHeader():
		kinds = append(kinds, operationKind{method: "GET", paged: shape})
	case shape == listing.BareList && component != "":
		kinds = append(kinds, operationKind{method: "GET", paged: plainList})
	}
	if component != "" {
		listed := component
		for end := len(e.segments); end > 0 && e.segments[end-1].Literal != ""; end-- {
			listed += "/" + e.segments[end-1].Literal
		}
		kinds = append(kinds, operationKind{method: "GET", listed: listed})
	}
	return kinds
}

// hasLinkHeader reports whether a response has the header Link, which may lead to other pages (RFC
// 8288).
func (e *endpoint) hasLinkHeader() bool {
	for _, r := range e.op.Responses {
		if slices.ContainsFunc(r.Headers, func(h Param) bool { return h.Name == "Link" }) {
			return true
		}
	}
	return false
}

// listOf returns the shape of a successful response that is a list, "" if no response is, and the
// component of its elements, "" if they are none.
func (e *endpoint) listOf(named map[string]*schema.Schema) (component string, shape listing.Shape) {
	for _, r := range e.op.Responses {
		for _, m := range r.Content {
			s := m.Schema
			if r.Status >= 300 || s == nil {
				continue
			}
			if s.Kind == schema.Array {
				return listing.RefOf(s.Items), listing.BareList
			}
			if s.Ref != "" {
				s = named[s.Ref]
			}
			if component, shape := listing.In(s); shape != "" {
				return component, shape
			}
		}
	}
	return "", ""
}

// shares reports whether a parameter belongs to all operations of its kind.
func (k operationKind) shares(x *sharedParam, all []*sharedParam, operations int) bool {
	if float64(x.uses) < minKindShare*float64(operations) || k.paged == plainList && float64(x.uses) < minPlainShare*float64(operations) {
		return false
	}
	switch {
	case k.listed != "":
		return x.uses >= minListedUses
	case k.read:
		return pagename.Synonyms(x.name) == nil && x.uses >= minReadUses
	case k.paged == "":
		return x.uses >= minKindUses
	}
	synonyms := pagename.Synonyms(x.name)
	if synonyms == nil || x.uses < minKindUses {
		return false
	}
	uses := 0
	for _, y := range all {
		if synonyms[noun.Fold(y.name)] {
			uses += y.uses
		}
	}
	return float64(x.uses) >= minPagingShare*float64(uses)
}

// addSharedParams adds the parameters that the operation's kinds share and no request to the
// operation had.
func (e *endpoint) addSharedParams(o sharedParams, opts Options) {
	for _, k := range o.kinds[e] {
		for _, x := range o.shared[k] {
			hasParam := func(q Param) bool { return q.In == InQuery && q.Name == x.name }
			if !slices.ContainsFunc(e.op.Params, hasParam) {
				q := queryParam(x.name, x.facts, e.facts, opts, true)
				q.Seen, q.AlwaysSent = 0, 0
				e.op.Params = append(e.op.Params, q)
			}
		}
	}
}
