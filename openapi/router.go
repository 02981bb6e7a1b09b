package openapi

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
)

// Router finds the operation of a document that a request takes. It does not change once made: any number of
// goroutines may use it at once.
//
// Of several templates that fit, the more literal one wins, segment by segment from the left; templates without
// the request's method do not count. A parameter never takes an empty value; one that is marked
// [ExtMultiSegment] takes several segments, but only where nothing fits segment by segment. A path with or
// without "/" at its end is the same path, unless the document has both.
type Router struct {
	plain *node // segment by segment, a parameter for each
	spans *node // the operations with a parameter that may span segments
}

// Match is the operation that a request takes.
type Match struct {
	// Template is the key of the path in the document.
	Template  string
	Method    string
	Operation *openapi3.Operation
	Item      *openapi3.PathItem
	// Prefix is the path of the server that the request was sent to, without "/" at its end.
	Prefix string
	// Params are the values of the path parameters by name, percent-encoded as they were sent.
	Params map[string]string
}

// Parameters returns the parameters of the operation: its own and those of its path that it does not override.
func (m *Match) Parameters() []*openapi3.Parameter { return parametersOf(m.Item, m.Operation) }

func parametersOf(item *openapi3.PathItem, op *openapi3.Operation) []*openapi3.Parameter {
	var out []*openapi3.Parameter
	for _, refs := range []openapi3.Parameters{op.Parameters, item.Parameters} {
		for _, r := range refs {
			if r == nil || r.Value == nil {
				continue
			}
			if !slices.ContainsFunc(out, func(p *openapi3.Parameter) bool { return p.In == r.Value.In && p.Name == r.Value.Name }) {
				out = append(out, r.Value)
			}
		}
	}
	return out
}

// NewRouter makes a router of all operations of doc, under all servers of each.
func NewRouter(doc *openapi3.T) (*Router, error) {
	r := &Router{plain: &node{}, spans: &node{}}
	if doc.Paths == nil {
		return r, nil
	}
	for _, path := range doc.Paths.Keys() { // sorted, so that equal documents make equal routers
		item := doc.Paths.Value(path)
		if item == nil {
			continue
		}
		methods := item.Operations()
		for _, method := range sortedKeys(methods) {
			op := methods[method]
			servers := doc.Servers
			if len(item.Servers) > 0 {
				servers = item.Servers
			}
			if op.Servers != nil && len(*op.Servers) > 0 {
				servers = *op.Servers
			}
			if err := r.add(path, method, item, op, servers); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (r *Router) add(path, method string, item *openapi3.PathItem, op *openapi3.Operation, servers openapi3.Servers) error {
	multi := map[string]bool{}
	for _, p := range parametersOf(item, op) {
		if on, _ := p.Extensions[ExtMultiSegment].(bool); on && p.In == openapi3.ParameterInPath {
			multi[p.Name] = true
		}
	}
	for _, b := range basesOf(servers) {
		t := &target{Match: Match{Template: path, Method: method, Operation: op, Item: item, Prefix: b.prefix}, hosts: b.hosts}
		plain, spans := r.plain, r.spans
		for i, s := range splitPath(b.prefix + "/" + strings.TrimPrefix(path, "/")) {
			p, err := parseSegment(s, multi)
			if err != nil {
				return fmt.Errorf("path %q, segment %d: %w", path, i+1, err)
			}
			if len(multi) > 0 {
				spans = spans.child(p)
			}
			p.multi = false
			plain = plain.child(p)
			t.params = append(t.params, p.names...)
		}
		plain.targets = append(plain.targets, t)
		if len(multi) > 0 {
			spans.targets = append(spans.targets, t)
		}
	}
	return nil
}

// splitPath returns the segments of an absolute path; one that ends in "/" ends in an empty segment.
func splitPath(p string) []string {
	p = strings.TrimPrefix(p, "/")
	if p == "" {
		return nil
	}
	return strings.Split(p, "/")
}

// Find returns the operation for a method and an absolute URL, or one without a host, which fits every server.
func (r *Router) Find(method string, u *url.URL) (Match, bool) {
	authority := u.Host
	if u.Scheme == "http" {
		authority = strings.TrimSuffix(authority, ":80")
	} else {
		authority = strings.TrimSuffix(authority, ":443")
	}
	return r.FindPath(method, strings.ToLower(authority), u.EscapedPath())
}

// FindFlow is Find for what was captured; authority "" is any. Of the operations behind one URL it finds the one that
// the body asks for.
func (r *Router) FindFlow(f *flow.Flow, authority string) (Match, bool) {
	if fragment := call.VariantOf(f).Fragment(); fragment != "" {
		if m, ok := r.FindPath(f.Request.Method, authority, f.Request.Path+fragment); ok {
			return m, true
		}
	}
	return r.FindPath(f.Request.Method, authority, f.Request.Path)
}

// FindPath is Find for an authority as [flow.Request] has it, "" for any, and a percent-encoded path.
func (r *Router) FindPath(method, authority, path string) (Match, bool) {
	s := search{method: method, authority: authority}
	segs := splitPath(path)
	if s.run(r, segs) {
		return s.match()
	}
	// The same without the "/" at the end, or with one.
	if n := len(segs); n > 0 && segs[n-1] == "" {
		segs = segs[:n-1]
	} else {
		segs = append(segs[:n:n], "")
	}
	if s.run(r, segs) {
		return s.match()
	}
	return Match{}, false
}
