// Package httpguard decides which HTTP requests may pass a proxy: those that are operations of
// OpenAPI documents, and that a policy allows. It implements [capture.Guard].
//
// A request is the call of a tool that package spectools makes of its operation, with the same name
// and arguments. So one policy is for an agent that calls tools and for one that sends requests.
// Package enforce judges both.
//
// What cannot be read as one operation alone is denied. The package does not model what servers
// make of a request beyond its document: an operation that is allowed does all that its server lets
// it do.
//
// Read guard.go first, then judge.go.
package httpguard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/router"
)

// Config configures a [Guard]. Documents and Enforce are required.
type Config struct {
	Documents []Document
	// Others are hosts whose requests pass unread. Their paths are ignored.
	Others []capture.ScopeRule
	// Lenient passes requests whose host, method and path are those of an operation. What else
	// differs from the document is logged.
	Lenient bool
	// Enforce judges the calls.
	Enforce *enforce.Guard
	// Caller sends all requests.
	Caller enforce.Caller
	// Log gets what the guard passes although it differs from the document.
	Log *slog.Logger
}

// Document is an OpenAPI document whose operations may pass.
type Document struct {
	// Name is the name of the document for people. It begins the tool names that several documents
	// have.
	Name string
	// Doc must be resolved, as openapi.Load returns it. New changes it.
	Doc *openapi3.T
	// BaseURL replaces the servers of the document, as that of [spectools.Options] does; "" keeps
	// them.
	BaseURL string
	// Credentials supplies secrets that requests get, or is nil.
	Credentials credential.Source
	// SignIn gives requests the session of a sign-in, and Egress how its requests leave, to the
	// servers of the document only.
	SignIn spectools.SignIn
	Egress egress.Config
	// Secrets are those of which the program has stand-ins.
	Secrets []Secret
}

// ErrNoServer reports a document that does not say which hosts it is for.
var ErrNoServer = errors.New("the document names no server with a host")

// Guard implements [capture.Guard].
type Guard struct {
	c      Config
	docs   []*document
	others capture.Config // its scope
	count  int            // of the operations
}

// document is a document in use.
type document struct {
	Document
	checker *check.Checker
	set     *spectools.Set
	hosts   []string // authorities as in [flow.Request]
	schemes []string
	places  []*openapi3.SecurityScheme
	shares  bool              // several operations have one URL
	renamed map[string]string // tools whose names have that of the document in front
}

// New returns a guard. The caller closes it.
func New(c Config) (*Guard, error) {
	g := &Guard{c: c}
	g.c.Enforce = c.Enforce.Confirming(guard.Policy{NoConfirmDangerous: true}) // a program cannot confirm
	g.others.Scope.Include = c.Others
	tools := map[string]int{}
	for _, one := range c.Documents {
		d, err := read(one)
		if err != nil {
			g.Close()
			return nil, fmt.Errorf("%s: %w", one.Name, err)
		}
		g.docs = append(g.docs, d)
		for _, op := range d.set.Operations() {
			tools[op.Tool]++
			g.count++
		}
	}
	for _, d := range g.docs {
		for _, op := range d.set.Operations() {
			if tools[op.Tool] > 1 {
				d.renamed[op.Tool] = d.Name + "_" + op.Tool
			}
		}
	}
	return g, nil
}

// read prepares a document.
func read(one Document) (*document, error) {
	doc, d := one.Doc, &document{Document: one, renamed: map[string]string{}}
	if base := one.BaseURL; base != "" {
		if u, err := url.Parse(base); err == nil && u.Path == "" {
			base += router.Prefix(doc.Servers)
		}
		doc.Servers = openapi3.Servers{{URL: base}}
	}
	all := []*openapi3.Servers{&doc.Servers}
	for path, item := range doc.Paths.Map() {
		d.shares = d.shares || strings.Contains(path, "#")
		all = append(all, &item.Servers)
		for _, op := range item.Operations() {
			if op.Servers != nil {
				all = append(all, op.Servers)
			}
		}
	}
	for i, servers := range all {
		if *servers = router.WithDefaults(*servers); one.BaseURL != "" && i > 0 { // what a variable may be is no host of the document
			*servers = nil
		}
		for _, s := range *servers {
			scheme, _, _ := strings.Cut(router.Resolved(s, nil), "://")
			d.schemes = append(d.schemes, strings.ToLower(scheme))
		}
	}
	if d.hosts = router.Hosts(doc); len(d.hosts) == 0 {
		return nil, ErrNoServer
	}
	assumed := credential.Assume(doc)
	if doc.Components != nil {
		for _, s := range doc.Components.SecuritySchemes {
			d.places = append(d.places, s.Value)
		}
	}
	var err error
	if d.checker, err = check.New(doc, check.Config{}); err != nil {
		return nil, err
	}
	d.set, err = spectools.FromDocument(doc, spectools.Options{
		Credentials: one.Credentials, AssumedSecurity: assumed, SignIn: one.SignIn, Egress: one.Egress,
	})
	return d, err
}

// Close releases the documents.
func (g *Guard) Close() {
	for _, d := range g.docs {
		d.set.Close()
	}
}

// Operations returns how many operations may pass, and of which hosts.
func (g *Guard) Operations() (n int, hosts []string) {
	for _, d := range g.docs {
		hosts = append(hosts, d.hosts...)
	}
	slices.Sort(hosts)
	return g.count, slices.Compact(hosts)
}

// hasHost reports whether a document has servers with an authority.
func (d *document) hasHost(scheme, authority string) bool {
	return slices.Contains(d.hosts, authority) && slices.Contains(d.schemes, scheme)
}

// Host implements [capture.Guard].
func (g *Guard) Host(authority string) *capture.Denial {
	for _, scheme := range []string{"https", "http"} {
		at := capture.NormalizeAuthority(scheme, authority)
		if slices.ContainsFunc(g.docs, func(d *document) bool { return d.hasHost(scheme, at) }) {
			return nil
		}
	}
	if g.isOther("https", authority) {
		return nil
	}
	return g.deny("CONNECT", "no document has this host", g.hosts())
}

// Resolves reports whether a name in lower case is that of a host that may be reached.
func (g *Guard) Resolves(name string) bool {
	isIt := func(authority string) bool { return (&url.URL{Host: authority}).Hostname() == name }
	return slices.ContainsFunc(g.docs, func(d *document) bool { return slices.ContainsFunc(d.hosts, isIt) }) ||
		slices.ContainsFunc(g.c.Others, func(r capture.ScopeRule) bool {
			return name == r.Host || r.Below && strings.HasSuffix(name, "."+r.Host)
		})
}

func (g *Guard) isOther(scheme, authority string) bool {
	return len(g.c.Others) > 0 && g.others.Scope.Host(scheme, authority)
}

// hosts says which hosts may be called.
func (g *Guard) hosts() string {
	_, all := g.Operations()
	for _, r := range g.c.Others {
		all = append(all, r.String())
	}
	return "requests to " + strings.Join(all, ", ")
}

// deny writes a denial to the audit whose reason is no rule of the policy. allowed, unless "", says
// what the documents have instead.
func (g *Guard) deny(method, reason, allowed string) *capture.Denial {
	v := g.c.Enforce.Judge(&enforce.Message{
		From: g.c.Caller, Direction: enforce.ToServer, Method: method, Subject: enforce.Subject{How: enforce.Refused, Why: reason},
	})
	d := &capture.Denial{Reason: v.Reason, Allowed: allowed}
	if allowed != "" {
		d.Rule = flow.ByDocuments
	}
	return d
}

// Request implements [capture.Guard]. It decides on host, method and path. Where the body selects
// the operation, it leaves those to Send.
func (g *Guard) Request(r *http.Request, f *flow.Flow) (capture.Judgement, *capture.Denial) {
	j := &judgement{g: g, scheme: f.Request.Scheme, authority: capture.NormalizeAuthority(f.Request.Scheme, f.Request.Authority)}
	head := &flow.Flow{Request: f.Request}
	head.Request.Authority, head.Request.Body = j.authority, flow.Body{}
	var here []*document
	for _, d := range g.docs {
		if d.hasHost(j.scheme, j.authority) {
			here = append(here, d)
		}
	}
	switch {
	case here == nil && g.isOther(j.scheme, j.authority):
		if denial := g.strays(r, nil); denial != nil {
			return nil, denial
		}
		j.verdict = g.c.Enforce.Judge(&enforce.Message{ // asks for nothing of the policy
			From: g.c.Caller, Direction: enforce.ToServer, Method: r.Method + " " + j.authority, Subject: enforce.Subject{How: enforce.ByLists},
		})
		if !j.verdict.Allowed {
			return nil, &capture.Denial{Reason: j.verdict.Reason, Rule: j.verdict.Rule}
		}
		return j, nil
	case here == nil:
		return nil, g.deny(r.Method, "no document has this host", g.hosts())
	}
	fault := ""
	for _, d := range here {
		if fault = d.pathFault(head); fault != "" {
			continue
		}
		if d.shares && strings.Contains(strings.ToLower(head.Request.Path), "%23") { // an escaped fragment would select an operation
			continue
		}
		if m, ok := d.checker.Find(head); ok {
			if r.Header.Get("Upgrade") != "" && m.Operation.Responses.Value("101") == nil {
				return nil, g.deny(r.Method, "the operation declares no upgrade of the connection", "")
			}
			if j.document, j.bound = d, maxBody; streams(&m, head.Request.Header.MediaType()) && !g.c.Enforce.HasPolicy() {
				j.bound = 0
			}
			return j, nil
		}
		if d.shares && r.Method == http.MethodPost && j.document == nil {
			j.document, j.bound = d, maxBody
		}
	}
	switch {
	case j.document == nil && fault != "":
		return nil, g.deny(r.Method, "the path "+fault, "")
	case j.document == nil:
		return nil, g.deny(r.Method, "no operation has this method and path", here[0].methodsAt(head))
	}
	return j, nil
}

// methodsAt says which methods the path of a request may have, "" without any.
func (d *document) methodsAt(f *flow.Flow) string {
	var methods []string
	other := *f
	for _, m := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		other.Request.Method = m
		if match, ok := d.checker.Find(&other); ok {
			methods = append(methods, m+" "+match.Prefix+match.Template)
		}
	}
	if methods == nil {
		return fmt.Sprintf("the %d operations of %s", len(d.set.Operations()), d.Name)
	}
	return strings.Join(methods, ", ")
}

// Find returns the tool and the document's check of a request. The request is that of f.
func (d *document) find(ctx context.Context, f *flow.Flow) (check.Request, spectools.Requested, error) {
	m := d.checker.Request(ctx, f)
	if m.Operation == nil {
		return m, spectools.Requested{}, errors.New("no operation has this method and path")
	}
	call, ok, err := d.set.Requested(ctx, m.Method, m.Template, m.Params, &f.Request)
	if call.Tool = cmp.Or(d.renamed[call.Tool], call.Tool); !ok {
		return m, call, fmt.Errorf("the operation is no tool: %w", err)
	}
	return m, call, err
}

// pathFault returns why servers may read a path as that of another operation, or "". An encoded
// slash is no fault in a value that may have slashes: then both readings are one call.
func (d *document) pathFault(f *flow.Flow) string {
	fault, plain := capture.PathFault(f.Request.Path, true), *f
	if fault == "" {
		return ""
	}
	decoded := strings.NewReplacer("%2F", "/", "%2f", "/").Replace
	plain.Request.Path = decoded(f.Request.Path)
	if plain.Request.Path == f.Request.Path || capture.PathFault(plain.Request.Path, true) != "" {
		return fault
	}
	m, ok := d.checker.Find(f)
	again, same := d.checker.Find(&plain)
	if ok && same && m.Template == again.Template && maps.EqualFunc(m.Params, again.Params, func(a, b string) bool { return decoded(a) == decoded(b) }) {
		return ""
	}
	return fault
}

// streams reports whether an operation takes bodies of a media type of which its document says
// nothing more, so that they need not be read.
func streams(m *router.Match, kind string) bool {
	if m.Operation.RequestBody == nil || m.Operation.RequestBody.Value == nil || decode.IsForm(kind) || decode.IsMultipart(kind) || decode.IsJSON(kind) {
		return false
	}
	declared := m.Operation.RequestBody.Value.Content[kind]
	return declared != nil && (declared.Schema == nil || declared.Schema.Value == nil || declared.Schema.Value.Format == "binary")
}
