package spectools

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/spectools/credential"
)

// Options say how a document is served. The zero value serves all of it, at its own servers with public addresses,
// without credentials, and holds every call that does more than read.
type Options struct {
	// BaseURL takes the place of the document's servers. Without a path, as in "http://localhost:8080", it is their
	// origin that it replaces: the server's own path stays before the operation's. With a path, be it "/", it
	// replaces all of them. Its origin, named by a person, may have any address, and is the only one that calls
	// go to.
	BaseURL string
	// Origin takes the place of the origins of the document's servers; their paths stay. Like BaseURL, it may
	// have any address.
	Origin string
	// DocumentURL is where the document came from: servers without a host are relative to it.
	DocumentURL string
	// ServerVariables are values for the variables of servers, by name.
	ServerVariables map[string]string
	// Policy says what is held and what is refused.
	Policy guard.Policy
	// HoldFor is how long a held call waits for its confirmation; zero means [guard.DefaultHoldFor].
	HoldFor time.Duration
	// Credentials are put on requests that ask for them; nil has none.
	Credentials credential.Source
	// Egress bounds what leaves; its Origins and Named are filled in here.
	Egress egress.Config
	// Audit takes a record of each decision before a call leaves, and of what came of it; nil keeps none.
	Audit guard.Auditor
	// Principal names who calls, as far as that is known; the session, where there is one, is added to it.
	Principal func(context.Context) string
	// Caller takes the place of Credentials for the schemes it names.
	Caller credential.Caller
	// Log, unless nil, gets each call and its result.
	Log func(Transaction)
	// MaxResult bounds the bytes of an answer that one result holds; the rest is read on by a tool. Zero means
	// [DefaultMaxResult].
	MaxResult int
	// Files, unless nil, is the folder whose files a multipart form may name by {path}.
	Files *os.Root
	// Prefix goes before each tool's name.
	Prefix string
	// NameFormat is how tool names are written.
	NameFormat NameFormat
	// Filter chooses operations; nil takes all.
	Filter func(Operation) bool
	// Now is the clock of confirmations; nil means time.Now.
	Now func() time.Time
}

// Operation tells one operation of a document, and the tool that it became.
type Operation struct {
	Tool         string // "" while the operation is only being chosen
	ID           string // operationId
	Method, Path string
	Tags         []string
	Summary      string
	Description  string
	// Held says that calls wait for a confirmation.
	Held bool
}

// Filtered is the reason of operations that [Options.Filter] did not choose.
const Filtered = "not chosen"

// Skip is an operation that became no tool.
type Skip struct{ Method, Path, Reason string }

// String returns all of it.
func (s Skip) String() string { return s.Method + " " + s.Path + ": " + s.Reason }

// Note is something of an operation that its tool has not, or has otherwise.
type Note struct{ Method, Path, Text string }

// String returns all of it.
func (n Note) String() string { return n.Method + " " + n.Path + ": " + n.Text }

// Set is the tools of one document. It does not change once made, but for the calls it holds, and is safe for
// concurrent use.
type Set struct {
	o       Options
	doc     *openapi3.T
	ops     []*operation
	byTool  map[string]*operation
	skipped []Skip
	notes   []Note
	home    string // origin that credentials are for
	client  *egress.Client
	esc     escapers
	holds   guard.Holds
	signer  *guard.Signer
	pages   pages
}

type builder struct {
	doc     *openapi3.T
	o       Options
	base    string
	bare    bool // base has no path
	t       *translator
	skipped []Skip
	notes   []Note
}

func (b *builder) skip(op *operation, reason string) {
	b.skipped = append(b.skipped, Skip{op.method, op.path, reason})
}

func (b *builder) noteOn(op *operation, text string) {
	n := Note{op.method, op.path, text}
	if !slices.Contains(b.notes[max(0, len(b.notes)-50):], n) {
		b.notes = append(b.notes, n)
	}
}

// FromDocument makes the tools of a document. It fails when no operation can be served, with [ErrNoServer] when
// that is for want of a server; single operations that cannot are in [Set.Skipped].
func FromDocument(doc *openapi3.T, o Options) (*Set, error) {
	b := &builder{doc: doc, o: o, t: newTranslator(doc)}
	b.t.files = o.Files != nil
	if err := b.checkOptions(); err != nil {
		return nil, err
	}
	ops := b.operations()
	if len(ops) == 0 && len(b.skipped) > 0 && o.Filter == nil {
		if strings.Contains(b.skipped[0].Reason, ErrNoServer.Error()) {
			return nil, ErrNoServer
		}
		return nil, fmt.Errorf("no operation can be served: %s", b.skipped[0])
	}
	toolNames(ops, o.Prefix, o.NameFormat)
	s := &Set{o: o, doc: doc, byTool: make(map[string]*operation), esc: newEscapers()}
	for _, op := range ops {
		if err := b.finish(op); err != nil {
			b.skip(op, err.Error())
			continue
		}
		s.ops = append(s.ops, op)
		s.byTool[op.name] = op
	}
	s.skipped, s.notes = b.skipped, b.notes
	s.holds = guard.Holds{For: o.HoldFor, Now: o.Now}
	s.signer = guard.NewSigner(o.HoldFor, o.Now)
	return s, s.connect()
}

func (b *builder) checkOptions() error {
	if b.o.BaseURL != "" && b.o.Origin != "" {
		return errors.New("a base URL and an origin exclude each other")
	}
	if len(b.o.Prefix) > 24 || validName(b.o.Prefix) != b.o.Prefix {
		return fmt.Errorf("prefix %q: at most 24 letters, digits, _ and -", b.o.Prefix)
	}
	if b.o.BaseURL != "" {
		u, err := url.Parse(b.o.BaseURL)
		if err != nil {
			return fmt.Errorf("base URL %s is not a URL", b.o.BaseURL)
		}
		if _, err := egress.Origin(u); err != nil {
			return fmt.Errorf("base URL: %w", err)
		}
		if u.RawQuery != "" || u.Fragment != "" {
			return errors.New("base URL: it must have no query and no fragment")
		}
		b.base = strings.TrimRight(u.String(), "/")
		b.bare = u.Path == ""
	}
	return nil
}

// connect makes the client and says which origin is home.
func (s *Set) connect() error {
	c := s.o.Egress
	for _, op := range s.ops {
		o := originOf(op.base)
		if s.home == "" {
			s.home = o
		}
		if !slices.Contains(c.Origins, o) {
			c.Origins = append(c.Origins, o)
		}
	}
	// The origin that credentials are for is the document's first server, whatever single operations say.
	if s.o.BaseURL == "" && len(s.doc.Servers) > 0 && s.doc.Servers[0] != nil {
		b := builder{doc: s.doc, o: s.o}
		if base, err := b.absolute(expand(s.doc.Servers[0], s.o.ServerVariables)); err == nil {
			s.home = originOf(base)
		}
	}
	if named := s.o.BaseURL + s.o.Origin; named != "" {
		c.Named = append(c.Named, named)
		c.Origins = nil
	}
	var err error
	if s.client, err = egress.New(c); err != nil {
		return err
	}
	if b, ok := s.o.Credentials.(credential.OriginBinder); ok {
		b.BindOrigin(s.home)
	}
	return nil
}

// Home is the origin that credentials are for: that of the base URL, else that of the document's first server.
func (s *Set) Home() string { return s.home }

// Close ends idle connections.
func (s *Set) Close() { s.client.Close() }

// Register adds the tools to a server.
func (s *Set) Register(m *server.MCPServer) { m.AddTools(s.Tools()...) }

// Tools are the tools with their handlers, in the order of path and method.
func (s *Set) Tools() []server.ServerTool {
	out := make([]server.ServerTool, len(s.ops))
	for i, op := range s.ops {
		out[i] = server.ServerTool{Tool: op.tool, Handler: s.handler(op)}
	}
	return out
}

// Operations are those that became tools, in the order of path and method.
func (s *Set) Operations() []Operation {
	out := make([]Operation, len(s.ops))
	for i, op := range s.ops {
		out[i] = Operation{
			Tool: op.name, ID: op.id, Method: op.method, Path: op.path, Tags: op.tags,
			Summary: op.op.Summary, Description: op.op.Description, Held: op.held,
		}
	}
	return out
}

// Skipped are the operations that became no tools, each with its reason; [Set.Operations] and these are all.
func (s *Set) Skipped() []Skip { return slices.Clone(s.skipped) }

// Notes say what of an operation its tool has not, such as a parameter that would stand in for a credential.
func (s *Set) Notes() []Note { return slices.Clone(s.notes) }

func (s *Set) write(r guard.Record) error {
	if s.o.Audit == nil {
		return nil
	}
	return s.o.Audit.Write(r)
}

// principal is who calls: what consents are bound to, and what the audit says.
func (s *Set) principal(ctx context.Context) string {
	who, session := "", ""
	if s.o.Principal != nil {
		who = s.o.Principal(ctx)
	}
	if c := server.ClientSessionFromContext(ctx); c != nil {
		session = c.SessionID() // single requests of the newest protocol have none over HTTP
	}
	parts := slices.DeleteFunc([]string{who, session, s.o.Caller.Fingerprint(ctx)}, func(p string) bool { return p == "" })
	return strings.Join(parts, "/")
}

// sortTypes puts JSON first, then by name.
func sortTypes(types []string) []string {
	slices.SortFunc(types, func(x, y string) int {
		if jx, jy := kindOf(x) == bodyJSON, kindOf(y) == bodyJSON; jx != jy {
			if jx {
				return -1
			}
			return 1
		}
		return strings.Compare(x, y)
	})
	return types
}
