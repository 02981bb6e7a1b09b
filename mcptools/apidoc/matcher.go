package apidoc

import (
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/mcptools/opname"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi/router"
)

// The operations of flows are found by a [Matcher]. It belongs to one inferred document, and maps
// methods and paths to operations, and names of operations, as a caller writes them, to operations.
// It remembers what it found, because the tools look up all flows in each call. Its methods may be
// called from any goroutine.

// Operation is an operation of a document.
type Operation struct {
	Method, Template string
	ID               string
	// Security lists alternatives of what it needs, as [infer.Operation] does.
	Security [][]string
	// Paging is how lists are read page by page, or nil.
	Paging *infer.Paging
}

// Name returns the operation as list_operations begins its line: METHOD PATH ID.
func (o *Operation) Name() string {
	return view.Visible(strings.TrimSpace(o.Method + " " + o.Template + " " + o.ID))
}

// Matcher finds the operations of one document.
type Matcher struct {
	// Schemes are those that operations refer to by name.
	Schemes []security.Scheme
	// Entry says where credentials and tokens come from.
	Entry security.Entry

	doc        *openapi3.T
	router     *router.Router
	operations []Operation
	names      []opname.Operation // of operations, in their order
	index      map[[2]string]int  // by method and template

	mu    sync.Mutex             // guards all below
	found map[request]*Operation // requests that were looked up
}

// request is what an operation is found by.
type request struct{ method, authority, path string }

// maxFound bounds the requests whose operation a matcher remembers.
const maxFound = 200_000

// NewMatcher returns a matcher of an inferred document, which must not change.
func NewMatcher(doc *openapi3.T, decided *infer.Document) (*Matcher, error) {
	r, err := router.New(doc)
	if err != nil {
		return nil, err
	}
	m := &Matcher{Schemes: decided.Security, Entry: decided.Entry, doc: doc, router: r, index: map[[2]string]int{}, found: map[request]*Operation{}}
	for i := range decided.Operations {
		o := &decided.Operations[i]
		m.index[[2]string{o.Method, o.Path}] = i
		m.operations = append(m.operations, Operation{o.Method, o.Path, o.ID, o.Security, o.Paging})
		m.names = append(m.names, opname.Operation{Method: o.Method, Template: o.Path, IDs: []string{o.ID}})
	}
	return m, nil
}

// Find returns the operation of a request, or nil. The path may have the fragment of a variant, see
// package call.
func (m *Matcher) Find(method, authority, path string) *Operation {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := request{method, authority, path}
	o, ok := m.found[key]
	if !ok {
		if len(m.found) == maxFound {
			clear(m.found)
		}
		o = m.find(method, authority, path)
		m.found[key] = o
	}
	return o
}

func (m *Matcher) find(method, authority, path string) *Operation {
	found, ok := m.router.FindPath(method, authority, path)
	if base, _, isVariant := strings.Cut(path, "#"); !ok && isVariant {
		found, ok = m.router.FindPath(method, authority, base)
	}
	if !ok {
		return nil
	}
	i, ok := m.index[[2]string{found.Method, found.Template}]
	if !ok {
		return nil
	}
	return &m.operations[i]
}

// Select returns the operations that a caller names, in any form of package opname. The error is a
// *[tool.Error].
func (m *Matcher) Select(name string) (map[*Operation]bool, error) {
	if strings.TrimSpace(name) == "" {
		return nil, tool.BadArgument("operation", "must not be empty")
	}
	n := opname.Parse(name)
	at := opname.Select(m.doc, m.router, m.names, n)
	if len(at) == 0 {
		return nil, Unknown(m.names, n)
	}
	out := map[*Operation]bool{}
	for _, i := range at {
		out[&m.operations[i]] = true
	}
	return out, nil
}

// MatcherCache holds the matchers of the last documents. The zero value is ready for use, from any
// goroutine.
type MatcherCache struct{ matchers Recent[*openapi3.T, *Matcher] }

// Of returns the matcher of a document.
func (c *MatcherCache) Of(doc *openapi3.T, decided *infer.Document) (*Matcher, error) {
	return c.matchers.Of(doc, func() (*Matcher, error) { return NewMatcher(doc, decided) })
}
