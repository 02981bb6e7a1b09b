package check

// This part of the package measures which parts of an OpenAPI document recorded traffic has
// reached: operations, parameters, statuses, and values of enums.

import (
	"cmp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
)

// CoverageKind is a kind of parts of a document.
type CoverageKind string

// The kinds, in the order of reports.
const (
	operations CoverageKind = "operations"
	parameters CoverageKind = "parameters"
	statuses   CoverageKind = "statuses"
	values     CoverageKind = "values" // of enums of strings
)

// CoverageKinds are all kinds.
var CoverageKinds = []CoverageKind{operations, parameters, statuses, values}

// CoveragePart is one part of a document.
type CoveragePart struct {
	Kind CoverageKind `json:"kind"`
	// Method and Path name the operation. They are empty for values of a shared schema.
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	// Name is the part in its operation, such as "query limit", "404" or "query sort: asc". It is
	// empty for an operation.
	Name string `json:"name,omitempty"`
	// Schema is the component of values of a shared schema.
	Schema string `json:"-"`
	// Flows is the number of flows that reached it.
	Flows int `json:"flows"`
}

// Coverage counts flows. It is not safe for concurrent use.
type Coverage struct {
	router  *router.Router
	anyHost bool
	parts   []*CoveragePart
	ops     map[*openapi3.Operation]*operation
	enums   map[*openapi3.Schema]map[string]*CoveragePart
	// Flows is the number of flows with an operation, Others of those without.
	Flows, Others int
}

type operation struct {
	part     *CoveragePart
	params   map[*openapi3.Parameter]*CoveragePart
	list     []*openapi3.Parameter
	statuses map[string]*CoveragePart // by the key of the document
}

// NewCoverage returns the coverage of a document, which must be resolved, as openapi.Load returns
// it, and must not change. With anyHost, the hosts of its servers are ignored.
func NewCoverage(doc *openapi3.T, anyHost bool) (*Coverage, error) {
	r, err := router.New(doc)
	if err != nil {
		return nil, err
	}
	c := &Coverage{
		router: r, anyHost: anyHost, ops: map[*openapi3.Operation]*operation{}, enums: map[*openapi3.Schema]map[string]*CoveragePart{},
	}
	for _, path := range doc.Paths.InMatchingOrder() {
		item := doc.Paths.Value(path)
		for method, op := range item.Operations() {
			c.addOperation(method, path, item, op)
		}
	}
	order := func(p *CoveragePart) int { return slices.Index(CoverageKinds, p.Kind) }
	slices.SortStableFunc(c.parts, func(a, b *CoveragePart) int {
		return cmp.Or(order(a)-order(b), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Name, b.Name))
	})
	return c, nil
}

func (c *Coverage) addOperation(method, path string, item *openapi3.PathItem, op *openapi3.Operation) {
	add := func(kind CoverageKind, name string) *CoveragePart {
		p := &CoveragePart{Kind: kind, Method: method, Path: path, Name: name}
		c.parts = append(c.parts, p)
		return p
	}
	o := &operation{part: add(operations, ""), params: map[*openapi3.Parameter]*CoveragePart{}, statuses: map[string]*CoveragePart{}}
	c.ops[op] = o
	at := &place{c: c, method: method, path: path}
	o.list = openapi.Parameters(item, op)
	for _, p := range o.list {
		if p.In != openapi3.ParameterInPath { // reached with the operation
			o.params[p] = add(parameters, p.In+" "+p.Name)
		}
		at.declare(p.Schema, p.In+" "+p.Name)
	}
	if op.RequestBody != nil && op.RequestBody.Value != nil {
		for _, media := range op.RequestBody.Value.Content {
			at.declare(media.Schema, "request")
		}
	}
	for status, r := range op.Responses.Map() {
		o.statuses[status] = add(statuses, status)
		if r.Value != nil {
			for _, media := range r.Value.Content {
				at.declare(media.Schema, "response "+status)
			}
		}
	}
}

// Add counts a flow, or the calls of a batch of procedures. A flow without an operation or a
// response reaches nothing.
func (c *Coverage) Add(f *flow.Flow) {
	for _, one := range call.Each(f) {
		c.add(one)
	}
}

func (c *Coverage) add(f *flow.Flow) {
	host := f.Request.Authority
	if c.anyHost {
		host = ""
	}
	m, ok := c.router.FindFlow(f, host)
	o := c.ops[m.Operation]
	if !ok || o == nil || f.Response == nil {
		c.Others++
		return
	}
	c.Flows++
	o.part.Flows++
	query := slices.Collect(decode.Pairs(f.Request.RawQuery))
	for _, p := range o.list {
		values := valuesOf(p, f, m.Params, query)
		if part := o.params[p]; part != nil && values != nil {
			part.Flows++
		}
		if p.Schema != nil {
			for _, v := range values {
				c.reach(v, 0, p.Schema)
			}
		}
	}
	if op := m.Operation; op.RequestBody != nil && op.RequestBody.Value != nil {
		c.reachBody(op.RequestBody.Value.Content, f.Request.Header, f.Request.Body)
	}
	if key, r := responseOf(m.Operation, f.Response.Status); r != nil {
		o.statuses[key].Flows++
		c.reachBody(r.Content, f.Response.Header, f.Response.Body)
	}
}

// valuesOf returns the values of a parameter in a request, and the elements of those that may be
// lists, nil if it was not sent.
func valuesOf(p *openapi3.Parameter, f *flow.Flow, path map[string]string, query []decode.Pair) (out []any) {
	for _, s := range sentOf(p, &f.Request, path, query) {
		out = append(out, s.Value)
		if strings.Contains(s.Value, ",") {
			for part := range strings.SplitSeq(s.Value, ",") {
				out = append(out, part)
			}
		}
	}
	return out
}

// CoverageTotal counts the parts of a kind, and those that were reached.
type CoverageTotal struct {
	Kind    CoverageKind `json:"kind"`
	Parts   int          `json:"parts"`
	Reached int          `json:"reached"`
}

// Percent is the share of reached parts, rounded down, 100 if there are no parts.
func (t CoverageTotal) Percent() int {
	if t.Parts == 0 {
		return 100
	}
	return 100 * t.Reached / t.Parts
}

// Totals returns the totals of each kind, and of all together.
func (c *Coverage) Totals() (each []CoverageTotal, all CoverageTotal) {
	each = make([]CoverageTotal, len(CoverageKinds))
	for i, k := range CoverageKinds {
		each[i].Kind = k
	}
	for _, p := range c.parts {
		t := &each[slices.Index(CoverageKinds, p.Kind)]
		t.Parts, all.Parts = t.Parts+1, all.Parts+1
		if p.Flows > 0 {
			t.Reached, all.Reached = t.Reached+1, all.Reached+1
		}
	}
	return each, all
}

// Missing returns the parts that no flow reached, by kind, path and method. If an operation was not
// reached, its parts are left out.
func (c *Coverage) Missing() []CoveragePart {
	type key struct{ method, path string }
	reached := map[key]bool{{}: true} // values of shared schemas have no operation
	for _, p := range c.parts {
		if p.Kind == operations && p.Flows > 0 {
			reached[key{p.Method, p.Path}] = true
		}
	}
	missing := []CoveragePart{}
	for _, p := range c.parts {
		if p.Flows == 0 && (p.Kind == operations || reached[key{p.Method, p.Path}]) {
			missing = append(missing, *p)
		}
	}
	return missing
}
