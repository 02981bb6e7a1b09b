package router

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/openapi"
)

// Router finds the operation of a document for a method and a path. It does not change after [New]:
// any number of goroutines may use it at once.
//
// If several templates match, the more literal one wins, segment by segment from the left.
// Templates without the request's method do not count. A parameter never matches an empty value; a
// parameter that is marked [openapi.ExtMultiSegment] matches several segments, but only if nothing
// matches segment by segment. A path with and without "/" at its end is the same path, unless the
// document has both.
type Router struct {
	single *node // every parameter matches one segment
	multi  *node // the operations with a parameter that may match several segments
	room   int   // of maxSegments
}

// maxSegments bounds the segments of all paths under all servers.
const maxSegments = 2_000_000

// ErrTooMuch is the error for a document with too many paths for its number of servers.
var ErrTooMuch = fmt.Errorf("the paths have more than %d segments under all servers", maxSegments)

// Match is the operation of a request.
type Match struct {
	// Template is the key of the path in the document.
	Template  string
	Method    string
	Operation *openapi3.Operation
	Item      *openapi3.PathItem
	// Prefix is the path of the server that the request was sent to, without "/" at its end.
	Prefix string
	// Params are the values of the path parameters by name, percent-encoded as sent.
	Params map[string]string
}

// Parameters returns the parameters of the operation, see [openapi.Parameters].
func (m *Match) Parameters() []*openapi3.Parameter { return openapi.Parameters(m.Item, m.Operation) }

// New makes a router for all operations of doc, under all servers of each. A template that cannot
// be read is an error. Too many paths and servers are [ErrTooMuch].
func New(doc *openapi3.T) (*Router, error) {
	r := &Router{single: &node{}, multi: &node{}, room: maxSegments}
	if doc.Paths == nil {
		return r, nil
	}
	bases := map[*openapi3.Server][]base{}  // by the first server: operations share lists
	for _, path := range doc.Paths.Keys() { // sorted, so that equal documents make equal routers
		item := doc.Paths.Value(path)
		if item == nil {
			continue
		}
		operations := item.Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			op := operations[method]
			servers := doc.Servers
			if len(item.Servers) > 0 {
				servers = item.Servers
			}
			if op.Servers != nil && len(*op.Servers) > 0 {
				servers = *op.Servers
			}
			var first *openapi3.Server // or nil
			if len(servers) > 0 {
				first = servers[0]
			}
			if bases[first] == nil || first == nil {
				bases[first] = basesOf(servers)
			}
			if err := r.add(path, method, item, op, bases[first]); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

func (r *Router) add(
	path, method string, item *openapi3.PathItem, op *openapi3.Operation, bases []base,
) error {
	spanning := map[string]bool{} // parameters that may match several segments
	for _, p := range openapi.Parameters(item, op) {
		if on, _ := p.Extensions[openapi.ExtMultiSegment].(bool); on && p.In == openapi3.ParameterInPath {
			spanning[p.Name] = true
		}
	}
	spans := len(spanning) > 0
	spanning[anyValue] = true
	for _, b := range bases {
		spans := spans || strings.Contains(b.prefix, anyValue)
		t := &target{
			Match: Match{Template: path, Method: method, Operation: op, Item: item, Prefix: b.prefix},
			hosts: b.hosts,
		}
		single, multi := r.single, r.multi
		segments := splitPath(b.prefix + "/" + strings.TrimPrefix(path, "/"))
		if r.room -= len(segments) + 1; r.room < 0 {
			return ErrTooMuch
		}
		for i, s := range segments {
			p, err := parseSegment(s, spanning)
			if err != nil {
				return fmt.Errorf("path %q, segment %d: %w", path, i+1, err)
			}
			if spans {
				multi = multi.child(p)
			}
			p.multi = false
			single = single.child(p)
			t.params = append(t.params, p.names...)
		}
		single.targets = append(single.targets, t)
		if spans {
			multi.targets = append(multi.targets, t)
		}
	}
	return nil
}

// splitPath returns the segments of an absolute path. If it ends in "/", the last segment is empty.
func splitPath(p string) []string {
	p = strings.TrimPrefix(p, "/")
	if p == "" {
		return nil
	}
	return strings.Split(p, "/")
}

// FindFlow is [Router.FindPath] for a captured request; authority "" matches every server. Of the
// operations behind one URL it finds the one that the body asks for.
func (r *Router) FindFlow(f *flow.Flow, authority string) (Match, bool) {
	if path := call.PathOf(f); path != f.Request.Path {
		if m, ok := r.FindPath(f.Request.Method, authority, path); ok {
			return m, true
		}
	}
	return r.FindPath(f.Request.Method, authority, f.Request.Path)
}

// FindPath returns the operation for a method, an authority in the form of [flow.Request] and a
// percent-encoded path. The authority "" matches every server.
func (r *Router) FindPath(method, authority, path string) (Match, bool) {
	s := search{method: method, authority: authority}
	segs := splitPath(path)
	if s.run(r, segs) {
		return s.match()
	}
	// Try without the "/" at the end, or with one.
	if n := len(segs); n > 0 && segs[n-1] == "" {
		segs = segs[:n-1]
	} else {
		segs = append(segs[:n:n], "")
	}
	if s.run(r, segs) {
		return s.match()
	}
	if strings.Contains(path, ";") { // matrix parameters that no template has, such as ;jsessionid=
		return r.FindPath(method, authority, matrixParameters.Get().ReplaceAllString(path, ""))
	}
	return Match{}, false
}

var matrixParameters = lazyregexp.New(`;[^/#]*`)
