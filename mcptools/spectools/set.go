package spectools

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcp/handler"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/openapi/router"
	"github.com/spectap/spectap/workflow"
)

// Set holds the tools of one document, and the pages of long answers. The tools never change. A Set
// is safe for concurrent use.
type Set struct {
	o         Options
	doc       *openapi3.T
	ops       []*operation
	flows     []*flowTool // of Options.Workflows
	byTool    map[string]*operation
	namesOnce sync.Once
	named     *nameIndex   // by namesOnce
	search    *searchIndex // set by DynamicTools, before calls
	skipped   []Skip
	notes     []Note
	origin    string // the origin that the credentials are for
	client    *egress.Client
	pages     answerCache
	session   *sessions   // nil without [Options.SignIn]
	retired   atomic.Bool // another set has taken its place
}

// FromDocument makes the tools of a document. It fails if no operation can be served, with
// [ErrNoServer] if that is because no server is known. Single operations that cannot be served are
// in [Set.Skipped].
func FromDocument(doc *openapi3.T, o Options) (*Set, error) {
	if err := o.SignIn.readFrom(doc); err != nil {
		return nil, err
	}
	b := &builder{doc: doc, o: o, schemas: newTranslator(doc)}
	b.schemas.Files = o.Files != nil
	if o.StrictOutput {
		b.answers = newTranslator(doc)
		b.answers.Answers = true
	}
	if err := b.checkOptions(); err != nil {
		return nil, err
	}
	ops := b.operations()
	if len(ops) == 0 && len(b.skipped) > 0 && o.Filter == nil {
		if slices.ContainsFunc(b.skipped, func(s Skip) bool { return strings.Contains(s.Reason, ErrNoServer.Error()) }) {
			return nil, ErrNoServer
		}
		return nil, fmt.Errorf("no operation can be served: %s", b.skipped[0])
	}
	setToolNames(ops, o.Prefix, o.NameFormat)
	s := &Set{o: o, doc: doc, byTool: make(map[string]*operation)}
	s.ops = b.buildTools(ops)
	s.skipped, s.notes = b.skipped, b.notes
	if err := s.takeSignIn(); err != nil {
		return nil, err
	}
	for _, op := range s.ops {
		s.byTool[op.toolName], op.origin = op, originOf(op.BaseURL)
	}
	if err := s.addWorkflows(); err != nil {
		return nil, err
	}
	if err := s.connect(); err != nil || o.Pins == nil {
		return s, err
	}
	return s, s.define()
}

func (b *builder) checkOptions() error {
	if b.o.BaseURL != "" && b.o.Origin != "" {
		return errors.New("a base URL and an origin exclude each other")
	}
	if len(b.o.Prefix) > 24 || sanitize.Name(b.o.Prefix) != b.o.Prefix {
		return fmt.Errorf("prefix %q: at most 24 letters, digits, _ and -", b.o.Prefix)
	}
	if b.o.BaseURL == "" {
		return nil
	}
	u, err := url.Parse(b.o.BaseURL)
	if err != nil {
		return fmt.Errorf("base URL %s is not a URL", egress.WithoutUser(b.o.BaseURL))
	}
	if _, err := egress.Origin(u); err != nil {
		return fmt.Errorf("base URL: %w", err)
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return errors.New("base URL: it must have no query and no fragment")
	}
	b.baseURL = strings.TrimRight(u.String(), "/")
	b.isBaseOrigin = u.Path == ""
	return nil
}

// connect makes the client, and sets the origin that the credentials are for.
func (s *Set) connect() error {
	c := s.o.Egress
	for _, op := range s.ops {
		s.origin = cmp.Or(s.origin, op.origin)
		if !slices.Contains(c.Origins, op.origin) {
			c.Origins = append(c.Origins, op.origin)
		}
	}
	// Credentials are for the document's first server, even if single operations name other
	// servers.
	if s.o.BaseURL == "" && len(s.doc.Servers) > 0 && s.doc.Servers[0] != nil {
		b := builder{doc: s.doc, o: s.o}
		if base, err := b.absoluteURL(router.Resolved(s.doc.Servers[0], s.o.ServerVariables)); err == nil {
			s.origin = originOf(base)
		}
	}
	if named := s.o.BaseURL + s.o.Origin; named != "" {
		c.Named = append(c.Named, named)
		c.Origins = nil
	}
	if s.session != nil && originOf(s.session.op.BaseURL) != s.origin {
		return fmt.Errorf("the operation that signs in is at %s, and the API at %s: cookies of one are not sent to the other",
			originOf(s.session.op.BaseURL), s.origin)
	}
	var err error
	if s.client, err = egress.New(c); err != nil {
		return err
	}
	if b, ok := s.o.Credentials.(credential.OriginBinder); ok {
		b.BindOrigin(s.origin)
	}
	return nil
}

// CredentialOrigin returns the origin that the credentials are for: that of the base URL, else that
// of the document's first server.
func (s *Set) CredentialOrigin() string { return s.origin }

// Close closes idle connections.
func (s *Set) Close() { s.client.Close() }

// Retire marks s as replaced by another set. Calls that wait for a person are not sent any more.
func (s *Set) Retire() { s.retired.Store(true) }

const documentChanged = "the document has changed since the call was held: make it again"

// whyRetired returns why calls that waited for a person must be made again, "" if they need not.
func (s *Set) whyRetired() string {
	if s.retired.Load() {
		return documentChanged
	}
	return ""
}

// Tools returns the tools with their handlers, in the order of path and method.
func (s *Set) Tools() []server.ServerTool {
	out := make([]server.ServerTool, len(s.ops))
	for i, op := range s.ops {
		out[i] = server.ServerTool{Tool: op.tool, Handler: s.handler(op)}
	}
	return out
}

// lists reports whether the policy shows the tool of an operation, and so does that of a gateway.
func (s *Set) lists(ctx context.Context, op *operation) bool {
	names, isLimited := disclosedOf(ctx)
	return s.isListed(op.toolName) && (!isLimited || names[op.toolName])
}

// isListed reports whether the policy shows a tool.
func (s *Set) isListed(tool string) bool { return s.o.Lists == nil || s.o.Lists(policy.Tool, tool) }

// shown returns the operations that the policy shows, and that are not quarantined.
func (s *Set) shown(ctx context.Context) []*operation {
	var out []*operation
	isHidden := s.unaccepted()
	for _, op := range s.ops {
		if s.lists(ctx, op) && !isHidden(op.toolName) {
			out = append(out, op)
		}
	}
	return out
}

// Operations returns the operations that became tools, in the order of path and method.
func (s *Set) Operations() []Operation {
	out := make([]Operation, len(s.ops))
	for i, op := range s.ops {
		out[i] = op.public()
	}
	return out
}

// public returns the description of an operation for callers of the package.
func (op *operation) public() Operation {
	return Operation{
		Tool: op.toolName, ID: op.id, Method: op.Method, Path: op.Path, Tags: op.tags,
		Summary: op.doc.Summary, Description: op.doc.Description, Held: op.held,
	}
}

// Skipped returns the operations that became no tool, with the reasons. Each operation of the
// document is either here or in [Set.Operations].
func (s *Set) Skipped() []Skip { return slices.Clone(s.skipped) }

// Schemes returns the security schemes whose credentials operations may have, by name.
func (s *Set) Schemes() map[string]*openapi3.SecurityScheme {
	out := map[string]*openapi3.SecurityScheme{}
	for _, op := range s.ops {
		for _, x := range slices.Concat(op.security...) {
			if _, ok := credential.Attach(x.SecurityScheme, ""); ok && op.origin == s.origin {
				out[x.Name] = x.SecurityScheme
			}
		}
	}
	return out
}

// Lack says which tools require credentials that nobody has supplied, and how a person does that.
type Lack struct {
	Tools  []string
	Supply string
}

// Lacks returns the credentials that are missing, in the order of the operations. Those of callers
// come with each call. It fetches nothing.
func (s *Set) Lacks() (all []Lack) {
	has := func(x Scheme) bool {
		_, mapped := s.o.Caller[x.Name]
		return mapped || credential.Has(s.o.Credentials, x.Name, x.SecurityScheme)
	}
	for _, op := range s.ops {
		supply, lacks := s.lacks(op, has)
		if !lacks || s.session != nil || op.origin != s.origin || !op.requiresCredentials() {
			continue
		}
		i := slices.IndexFunc(all, func(l Lack) bool { return l.Supply == supply })
		if i < 0 {
			i, all = len(all), append(all, Lack{Supply: supply})
		}
		all[i].Tools = append(all[i].Tools, op.toolName)
	}
	return all
}

// Notes returns the differences between operations and their tools, such as a parameter that is
// left out because it could replace a credential.
func (s *Set) Notes() []Note { return slices.Clone(s.notes) }

// principal returns the identity of the caller. Pages of answers are bound to it.
// A request of the newest protocol over HTTP has no session.
func (s *Set) principal(ctx context.Context) string {
	who := ""
	if s.o.Principal != nil {
		who = s.o.Principal(ctx)
	}
	return strings.Trim(handler.Principal(ctx, who)+"/"+s.o.Caller.Fingerprint(ctx), "/")
}

// Options configure how a document is served. The zero value serves all of it, at its own servers
// if their addresses are public, without credentials, and holds every call that does more than
// read.
type Options struct {
	// BaseURL replaces the document's servers. Without a path, as in "http://localhost:8080", it
	// replaces their origin, and the server's own path stays before the operation's. With a path,
	// even "/", it replaces all of them. A person names it, so it may have any address, and calls
	// go to its origin only.
	BaseURL string
	// Origin replaces the origins of the document's servers; their paths stay. Like BaseURL, it may
	// have any address.
	Origin string
	// DocumentURL is where the document came from. Servers without a host are relative to it.
	DocumentURL string
	// ServerVariables are values for the variables of servers, by name.
	ServerVariables map[string]string
	// Policy decides which calls are held or refused, unless the server has a guard of its own with
	// the same policy: see front.Guarded.
	Policy guard.Policy
	// Credentials supplies the secrets that operations require, or is nil.
	Credentials credential.Source
	// AssumedSecurity means that the requirements of the document are those of [credential.Assume].
	// They are not pinned.
	AssumedSecurity bool
	// SignIn, if it names an operation, lets the server sign in with it for all calls to the origin
	// that the credentials are for, which then have the cookies of that session, and the token that
	// the app demands against forged requests.
	SignIn SignIn
	// Workflows are chains of operations, each of which becomes a tool. A call of it is confirmed
	// once, for the requests of all steps.
	Workflows []workflow.Workflow
	// HoldWithoutCredentials also holds calls whose credentials are missing. By default they are
	// refused, because the API would refuse them after a person has confirmed them.
	HoldWithoutCredentials bool
	// Egress limits the requests; FromDocument sets its Origins and Named.
	Egress egress.Config
	// Principal returns the name of the caller, "" if it is unknown. The session, if there is one,
	// is added to it.
	Principal func(context.Context) string
	// Caller replaces Credentials for the schemes that it maps.
	Caller credential.Caller
	// Lists, unless nil, reports whether the policy of the server shows a tool.
	Lists func(k policy.Kind, name string) bool
	// Pins, unless nil, hides and refuses operations that no person has accepted as they are. All
	// sets of one server have the same.
	Pins *Pins
	// Log, unless nil, receives each call with its result.
	Log func(Transaction)
	// MaxResult limits the bytes of an answer in one result, as JSON; a tool reads the rest. Zero
	// means [DefaultMaxResult]. An image or other file is attached up to 1 MiB.
	MaxResult int
	// StrictOutput makes the output schemas of tools as strict as the document's schemas of
	// answers. Clients then drop answers that break it. By default, output schemas accept any
	// answer.
	StrictOutput bool
	// Files, unless nil, is the folder whose files a multipart form may name by {path}.
	Files *os.Root
	// Prefix precedes the name of each tool.
	Prefix string
	// NameFormat is the format of tool names.
	NameFormat NameFormat
	// Filter selects operations; nil selects all.
	Filter func(Operation) bool
}

// Operation describes an operation of the document and its tool.
type Operation struct {
	Tool         string // "" in calls of [Options.Filter]
	ID           string // operationId
	Method, Path string
	Tags         []string
	Summary      string
	Description  string
	// Held reports whether calls wait for a confirmation. It is false in calls of [Options.Filter].
	Held bool
}

// Filtered is the reason of operations that [Options.Filter] did not select.
const Filtered = "not chosen"

// Skip is an operation that became no tool, with the reason.
type Skip struct {
	Method, Path, Reason string

	op *operation // nil for a complete path
}

// String returns the method, path and reason. A long path is cut.
func (s Skip) String() string { return s.Method + " " + shortPath(s.Path) + ": " + s.Reason }

// Note is a difference between an operation and its tool.
type Note struct{ Method, Path, Text string }

// String returns the method, path and text. A long path is cut.
func (n Note) String() string { return n.Method + " " + shortPath(n.Path) + ": " + n.Text }

// maxNotePath bounds a path in a note, in bytes. An operation can have as many notes as its path
// has parameters.
const maxNotePath = 1000

func shortPath(path string) string {
	if len(path) <= maxNotePath {
		return path
	}
	return strings.ToValidUTF8(path[:maxNotePath], "") + "…"
}
