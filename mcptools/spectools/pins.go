package spectools

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"sync/atomic"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/mcp/rawjson"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// Pins compares the tools of one server, whose sets follow each other, with a book of pins. It is
// safe for concurrent use.
type Pins struct {
	book    *pin.Book
	server  string
	offered atomic.Pointer[offer]
	shadow  bool
}

// offer is what a server has in its list.
type offer struct {
	set   *Set
	fixed map[string]bool // tools that the document has no part in
}

// NewPins returns the pins of a server that has this name in the book.
// In shadow mode, lists show what nobody has accepted.
func NewPins(book *pin.Book, server string, shadow bool) *Pins {
	return &Pins{book: book, server: server, shadow: shadow}
}

// Pin compares the tools of the set with their pins, and records the differences for a person. The
// first set of a server is accepted as it is. After an error the state of the tools is unknown, and
// no tool can be called. It does nothing without [Options.Pins].
func (s *Set) Pin() error {
	if s.o.Pins == nil {
		return nil
	}
	_, err := s.o.Pins.book.First(s.o.Pins.server, pin.Tool, s.definitions())
	return err
}

// Quarantined returns the operations and workflows that no person has accepted, by the names of
// their tools.
func (s *Set) Quarantined() (map[string]pin.Status, error) {
	out := map[string]pin.Status{}
	definitions := s.definitions()
	if s.o.Pins == nil || len(definitions) == 0 {
		return out, nil
	}
	all, err := s.o.Pins.book.Check(s.o.Pins.server, pin.Tool, definitions)
	if err != nil {
		return nil, err
	}
	for i, status := range all {
		if status != pin.Accepted {
			out[definitions[i].Name] = status
		}
	}
	return out, nil
}

func (op *operation) pinned() pin.Definition {
	return pin.Definition{Name: op.toolName, JSON: op.definition}
}
func (f *flowTool) pinned() pin.Definition { return pin.Definition{Name: f.name, JSON: f.definition} }

func (s *Set) definitions() (all []pin.Definition) {
	for _, op := range s.ops {
		all = append(all, op.pinned())
	}
	for _, f := range s.flows {
		all = append(all, f.pinned())
	}
	return all
}

// unaccepted returns a function that reports whether a tool must not be shown because of its pin.
func (s *Set) unaccepted() func(name string) bool {
	if s.o.Pins == nil || s.o.Pins.shadow {
		return func(string) bool { return false }
	}
	names, err := s.Quarantined()
	return func(name string) bool { return err != nil || names[name] != pin.Accepted }
}

// quarantine returns why an operation must not be used because of its pin, "" if it may.
func (s *Set) quarantine(op *operation) string { return s.quarantineOf(op.pinned()) }

func (s *Set) quarantineOf(d pin.Definition) string {
	if s.o.Pins == nil {
		return ""
	}
	if s.retired.Load() { // its definitions must not be compared any more: others have been seen since
		return "the document has changed meanwhile: list the tools again"
	}
	all, err := s.o.Pins.book.Check(s.o.Pins.server, pin.Tool, []pin.Definition{d})
	if err != nil {
		return "its definition cannot be compared with its pin"
	}
	return all[0].Why()
}

// quarantinedIn returns why a call is quarantined whose operation the policy shows.
func (s *Set) quarantinedIn(ctx context.Context, op *operation) string {
	if op == nil || !s.lists(ctx, op) {
		return "" // the caller must not learn that it exists
	}
	return s.quarantine(op)
}

// offers notes that a server is about to have the tools of a set. It must not have them before, so
// that no list has a tool which is not compared.
func (p *Pins) offers(s *Set, tools []server.ServerTool) {
	if p == nil {
		return
	}
	o := &offer{set: s, fixed: map[string]bool{}}
	for _, t := range tools {
		o.fixed[t.Tool.Name] = s.pinnedTool(t.Tool.Name) == nil
	}
	p.offered.Store(o)
}

// pinnedTool returns the tool of an operation or a workflow, nil for any other name.
func (s *Set) pinnedTool(name string) *mcp.Tool {
	if op := s.byTool[name]; op != nil {
		return &op.tool
	}
	if f := s.flowOf(name); f != nil {
		return &f.tool
	}
	return nil
}

// filter removes from a list tools that are not accepted, and those of an earlier set: the list may
// have been made before the server got its new tools.
func (p *Pins) filter(_ context.Context, _ any, _ *mcp.ListToolsRequest, r *mcp.ListToolsResult) {
	o := p.offered.Load()
	isHidden := o.set.unaccepted()
	shown := make([]mcp.Tool, 0, len(r.Tools))
	for _, t := range r.Tools {
		own := o.set.pinnedTool(t.Name)
		isSame := own != nil && t.Description == own.Description && bytes.Equal(t.RawInputSchema, own.RawInputSchema) &&
			bytes.Equal(t.RawOutputSchema, own.RawOutputSchema)
		if o.fixed[t.Name] || isSame && !isHidden(t.Name) {
			shown = append(shown, t)
		}
	}
	r.Tools = shown
}

// define writes the definitions that are pinned: of an operation, the tool as lists show it, and
// the request that its calls send; of a workflow, its tool and the workflow.
func (s *Set) define() (err error) {
	for _, op := range s.ops {
		if op.definition, err = toolDefinition(&op.tool, op.mayBeHeld, s.requestDefinition(op)); err != nil {
			return fmt.Errorf("write the definition of %s: %w", op.toolName, err)
		}
	}
	for _, f := range s.flows {
		if f.definition, err = toolDefinition(&f.tool, true, f.Workflow); err != nil {
			return fmt.Errorf("write the definition of %s: %w", f.name, err)
		}
	}
	return nil
}

// toolDefinition returns a definition. The argument __confirmed is left out, which depends on the
// options; that the document asks for it is a part of the request.
func toolDefinition(t *mcp.Tool, hasConfirmed bool, request any) ([]byte, error) {
	raw, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	sent, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	d, err := rawjson.Split(raw)
	if schema, _ := rawjson.Split(rawjson.Get(d, "inputSchema")); hasConfirmed && err == nil {
		var properties []rawjson.Member
		properties, err = rawjson.Split(rawjson.Get(schema, "properties"))
		schema = rawjson.Set(schema, "properties", rawjson.Join(rawjson.Without(properties, confirmedArgument)))
		d = rawjson.Set(d, "inputSchema", rawjson.Join(schema))
	}
	return rawjson.Join(rawjson.Set(d, pin.Request, sent)), err
}

// definedRequest is the part of a definition that the list of tools does not show: what a call
// sends, and where.
type definedRequest struct {
	Method string `json:"method"`
	Server string `json:"server"` // the URL before the path, without a user
	Path   string `json:"path"`   // the template
	// Confirmation means that the document asks for one, for any method.
	Confirmation bool                        `json:"confirmation,omitempty"`
	Accept       string                      `json:"accept,omitempty"`
	Parameters   map[string]definedParameter `json:"parameters,omitempty"` // by argument
	Bodies       map[string]definedBody      `json:"bodies,omitempty"`     // by media type
	Preferred    string                      `json:"preferred,omitempty"`  // media type
	Credentials  [][]definedScheme           `json:"credentials,omitempty"`
}

// definedParameter says how the value of an argument is sent.
type definedParameter struct {
	Name          string `json:"name"`
	In            string `json:"in"`
	Style         string `json:"style,omitempty"`
	Explode       bool   `json:"explode"`
	AllowReserved bool   `json:"allowReserved,omitempty"`
	MultiSegment  bool   `json:"multiSegment,omitempty"`
	ContentType   string `json:"contentType,omitempty"`
}

// definedBody says how the members of a form are sent.
type definedBody struct {
	Encoding map[string]*openapi3.Encoding `json:"encoding,omitempty"`
}

// definedScheme says where a credential is sent, and where it is got.
type definedScheme struct {
	Name   string   `json:"name"` // in the document: it selects the credential
	Type   string   `json:"type"`
	In     string   `json:"in,omitempty"`
	Param  string   `json:"param,omitempty"`
	Scheme string   `json:"scheme,omitempty"`
	Tokens []string `json:"tokens,omitempty"` // URLs
}

func (s *Set) requestDefinition(op *operation) definedRequest {
	d := definedRequest{
		Method: op.Method, Server: withoutUser(op.BaseURL), Path: op.Path, Accept: accept(op),
		Confirmation: extensionBool(op.doc.Extensions, confirmExtension, false), Parameters: map[string]definedParameter{}, Bodies: map[string]definedBody{},
	}
	for _, p := range op.Parameters {
		d.Parameters[p.Argument] = definedParameter{p.Name, p.In, p.Style, p.Explode, p.AllowReserved, p.MultiSegment, p.ContentType}
	}
	for i, m := range op.Bodies {
		if i == 0 {
			d.Preferred = serialize.BaseType(m.Type)
		}
		d.Bodies[m.Type] = definedBody{m.Doc.Encoding}
	}
	if op.origin != s.origin || op.assumed {
		return d // no credential is sent there, or a person decided it and not the document
	}
	for _, alternative := range op.security {
		schemes := make([]definedScheme, len(alternative))
		for i, x := range alternative {
			schemes[i] = definedScheme{x.Name, x.Type, x.In, x.SecurityScheme.Name, x.Scheme, tokenURLs(x.SecurityScheme)}
		}
		d.Credentials = append(d.Credentials, schemes)
	}
	return d
}

// tokenURLs returns where the credentials of a scheme are exchanged for tokens.
func tokenURLs(s *openapi3.SecurityScheme) (urls []string) {
	if s.OpenIdConnectUrl != "" {
		urls = append(urls, withoutUser(s.OpenIdConnectUrl))
	}
	if s.Flows == nil {
		return urls
	}
	for _, f := range []*openapi3.OAuthFlow{s.Flows.ClientCredentials, s.Flows.AuthorizationCode, s.Flows.Password, s.Flows.Implicit} {
		if f == nil {
			continue
		}
		for _, u := range []string{f.TokenURL, f.RefreshURL} {
			if u != "" {
				urls = append(urls, withoutUser(u))
			}
		}
	}
	return urls
}

// withoutUser returns a URL without user and password, which are secrets. An invalid URL is never
// called.
func withoutUser(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	u.User = nil
	return u.String()
}
