package spectools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/egress"
	calls "github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/opsearch"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
)

// confirmedArgument is the argument by which the caller confirms a held call.
const confirmedArgument = guard.Confirmed

// operation is one method of one path, ready to be called. It does not change once built.
type operation struct {
	serialize.Operation

	origin       string // of BaseURL
	id           string // operationId, as the document has it
	toolName     string
	title        string
	description  string // of the tool
	tags         []string
	doc          *openapi3.Operation
	choices      []opsearch.Choice
	bodyRequired bool
	security     [][]Scheme // alternatives; nil requires nothing
	assumed      bool       // security is that of Options.AssumedSecurity
	held         bool       // each call is
	reads        bool       // unless arguments replace the method
	queries      bool       // policy.ReadsByPost, or a query of GraphQL
	graphQL      bool       // queries, if a call sends what asksGraphQL expects
	mayBeHeld    bool       // some calls are
	tool         mcp.Tool
	// argumentSchema is the tool's schema with the characters that do not show.
	argumentSchema json.RawMessage
	definition     []byte // that is pinned, as JSON; nil without pins
	// bodyBranch is the branch of the body schema's anyOf that belongs to a media type. It is nil
	// if there is one schema for all.
	bodyBranch map[*serialize.Media]int

	compileOnce  sync.Once
	schema       map[string]any  // of the arguments, as decoded JSON
	variants     []variant       // by branch
	bodyMembers  []string        // that may be given as arguments; sorted
	bodyRequires map[string]bool // the members that each body must have
	compileError error

	// The members of the body and the headers in which a session sends its token.
	bodyTokens, headerTokens []string
}

// check returns the problems of the arguments. If the schema cannot be compiled, it accepts
// nothing.
func (op *operation) check(ctx context.Context, args *orderedjson.Object) []jsonschema.Problem {
	if op.prepare() != nil {
		return []jsonschema.Problem{{Reason: "cannot be checked, the document's schema is broken"}}
	}
	v, problem := op.variantFor(args)
	problems := jsonschema.Problems(v.compiled.Validate(ctx, orderedjson.Plain(args)))
	if problem != nil {
		problems = append(problems, *problem)
	}
	if body, ok := args.Value(serialize.BodyArgument).(*orderedjson.Object); ok {
		for _, name := range op.bodyTokens {
			if _, given := body.Get(name); given {
				problems = append(problems, jsonschema.Problem{Field: serialize.BodyArgument + "." + name, Reason: "is sent by this server, leave it out"})
			}
		}
	}
	return problems
}

// variant is the schema of the arguments with the body of some media types only.
type variant struct {
	schema   map[string]any
	compiled *jsonschema.Schema
}

// variantFor returns the schema for the media type that the arguments name.
func (op *operation) variantFor(args *orderedjson.Object) (variant, *jsonschema.Problem) {
	if op.bodyBranch == nil {
		return op.variants[0], nil
	}
	m, _, problem := op.ChooseMedia(args)
	return op.variants[op.bodyBranch[m]], problem // the first for an unknown type
}

// prepare compiles the schemas when they are first needed.
func (op *operation) prepare() error {
	op.compileOnce.Do(func() { op.compileError = op.compile() })
	return op.compileError
}

func (op *operation) compile() error {
	op.schema, _ = orderedjson.PlainOf(op.argumentSchema).(map[string]any)
	op.bodyMembers = bodyMembers(op.schema)
	op.bodyRequires = requiredNames(op.schema, serialize.BodyArgument)
	schemas := []map[string]any{op.schema}
	if op.bodyBranch != nil {
		properties, _ := op.schema["properties"].(map[string]any)
		body, _ := properties[serialize.BodyArgument].(map[string]any)
		branches, _ := body["anyOf"].([]any)
		schemas = nil
		for _, branch := range branches {
			schema, own := maps.Clone(op.schema), maps.Clone(properties)
			schema["properties"], own[serialize.BodyArgument] = own, branch
			schemas = append(schemas, schema)
		}
	}
	for _, schema := range schemas {
		compiled, err := jsonschema.Compile(schema)
		if err != nil {
			return err
		}
		op.variants = append(op.variants, variant{schema, compiled})
	}
	return nil
}

// builder makes the operations of one document.
type builder struct {
	doc     *openapi3.T
	o       Options
	baseURL string
	// isBaseOrigin reports whether the base URL has no path.
	isBaseOrigin bool
	schemas      *translator
	answers      *translator // for the schemas of answers, with StrictOutput
	skipped      []Skip
	notes        []Note
}

func (b *builder) skip(op *operation, reason string) {
	b.skipped = append(b.skipped, Skip{op.Method, op.Path, reason, op})
}

// note records a note unless it is among the last fifty.
func (b *builder) note(op *operation, text string) {
	n := Note{op.Method, op.Path, text}
	if !slices.Contains(b.notes[max(0, len(b.notes)-50):], n) {
		b.notes = append(b.notes, n)
	}
}

// operations builds the operations of the document, in the order of path and method.
func (b *builder) operations() []*operation {
	var out []*operation
	if b.doc.Paths == nil {
		return nil
	}
	for _, path := range slices.Sorted(maps.Keys(b.doc.Paths.Map())) {
		item := b.doc.Paths.Value(path)
		if item == nil {
			continue
		}
		if why, isCut := item.Extensions[openapi.ExtUnresolved].(string); isCut {
			b.skipped = append(b.skipped, Skip{"*", path, why, nil})
		}
		methods := item.Operations()
		for _, method := range slices.Sorted(maps.Keys(methods)) {
			doc := methods[method]
			if doc == nil {
				continue
			}
			op := &operation{id: doc.OperationID, doc: doc, tags: doc.Tags}
			op.Method, op.Path, op.Files = strings.ToUpper(method), path, b.o.Files
			if b.o.Filter != nil && !b.o.Filter(op.public()) && !b.o.SignIn.isNamed(op) {
				b.skip(op, Filtered)
				continue
			}
			if err := b.build(op, item); err != nil {
				b.skip(op, err.Error())
				continue
			}
			out = append(out, op)
		}
	}
	return out
}

// build fills in all of an operation but the tool, whose name depends on the other operations.
func (b *builder) build(op *operation, item *openapi3.PathItem) error {
	why, isCut := op.doc.Extensions[openapi.ExtUnresolved].(string)
	switch {
	case isCut:
		return errors.New(why)
	case op.Method == "TRACE": // a client must not send credentials with it (RFC 9110, section 9.3.8)
		return errors.New("TRACE makes a server return the request with its credentials, and is never sent")
	case op.Method == "CONNECT":
		return errors.New("CONNECT opens a tunnel, and is never sent")
	case !strings.HasPrefix(op.Path, "/"):
		return errors.New("the path does not start with a slash")
	case serialize.HasDotSegment(op.Path):
		return errors.New(`the path has a segment "." or "..", which leaves the path of the server: write the path without it`)
	}
	if err := b.setBaseURL(op, item); err != nil {
		return err
	}
	b.setSecurity(op)
	b.setParameters(op, item)
	b.setBodies(op)
	op.title = sanitize.Description(op.doc.Summary, 80)
	op.description = describe(op)
	op.graphQL = op.asksGraphQL()
	op.queries = op.Method == "POST" && (op.graphQL || policy.ReadsByPost(op.Path, op.id, op.doc.Summary)) &&
		!extensionBool(op.doc.Extensions, "x-mcp-destructive", false)
	op.reads = guard.IsSafe(op.Method) && !extensionBool(op.doc.Extensions, "x-mcp-destructive", false) && extensionBool(op.doc.Extensions, "x-mcp-read-only", true)
	op.held = b.confirms(op) || extensionBool(op.doc.Extensions, confirmExtension, false)
	return nil
}

// variantKind returns the kind of an operation that shares its URL with others, or "".
func (op *operation) variantKind() string {
	variant, _ := op.doc.Extensions[openapi.ExtVariant].(map[string]any)
	kind, _ := variant["kind"].(string)
	return kind
}

// asksGraphQL reports whether an operation sends documents of GraphQL that the document lists, all
// of which are queries.
func (op *operation) asksGraphQL() bool {
	if op.variantKind() != calls.KindQuery || len(op.Bodies) != 1 || op.Bodies[0].Kind != serialize.JSON {
		return false
	}
	query := openapi.SchemaProperty(op.Bodies[0].Doc.Schema, "query")
	if query == nil || query.Value == nil {
		return false
	}
	all := query.Value.Enum
	if len(all) == 0 {
		all = []any{query.Value.Const}
	}
	return !slices.ContainsFunc(all, func(v any) bool { return !isQuery(v) })
}

func isQuery(v any) bool {
	document, isText := v.(string)
	return isText && calls.IsQuery(document)
}

// onlyReads reports whether a call only reads, whatever its method. A body of GraphQL with more
// than a query and its variables may name another document that the server knows.
func (op *operation) onlyReads(args *orderedjson.Object) bool {
	if !op.graphQL {
		return op.queries
	}
	body, _ := args.Value(serialize.BodyArgument).(*orderedjson.Object)
	isOther := func(name string) bool { return name != "query" && name != "variables" && name != "operationName" }
	return op.queries && body != nil && isQuery(body.Value("query")) && !slices.ContainsFunc(body.Names(), isOther)
}

// confirms reports whether each call of an operation needs a confirmation.
func (b *builder) confirms(op *operation) bool {
	p := b.o.Policy
	p.NoConfirmDangerous = p.NoConfirmDangerous || op.queries
	return p.RequiresConsent(op.Method, op.toolName)
}

// setBodies lists the media types of the request's body, those that are easiest to supply first.
func (b *builder) setBodies(op *operation) {
	if op.doc.RequestBody == nil || op.doc.RequestBody.Value == nil {
		return
	}
	body := op.doc.RequestBody.Value
	op.bodyRequired = body.Required
	for typ, mt := range body.Content {
		m := serialize.NewMedia(typ, mt)
		if m.Sent == "application/json" && op.Method == http.MethodPatch && serialize.BaseType(typ) == "application/*+json" {
			m.Sent = "application/merge-patch+json" // application/json is not in the range
		}
		op.Bodies = append(op.Bodies, m)
	}
	slices.SortFunc(op.Bodies, (*serialize.Media).Compare)
}

// describe returns one line on what the operation does, with its method and path.
func describe(op *operation) string {
	text := sanitize.Description(op.doc.Summary, 160)
	end := ".…"
	if text == "" {
		text = sanitize.Description(op.doc.Description, 200)
	} else if more := sanitize.Description(op.doc.Description, 160); more != "" &&
		!strings.EqualFold(strings.TrimRight(more, end), strings.TrimRight(text, end)) {
		text = strings.TrimRight(text, ".") + ". " + more
	}
	request := op.Method + " " + sanitize.Description(op.Path, 200)
	if op.doc.Deprecated {
		request += ", deprecated"
	}
	if text == "" {
		return request
	}
	return text + " (" + request + ")"
}

// confirmExtension is the extension by which a document asks for confirmations.
const confirmExtension = "x-mcp-confirm"

// extensionBool returns a boolean extension of the document, or the fallback.
func extensionBool(extensions map[string]any, name string, fallback bool) bool {
	if v, ok := extensions[name].(bool); ok {
		return v
	}
	return fallback
}

// ErrNoServer reports that neither the document nor the options give the address of the API.
var ErrNoServer = errors.New("the document names no server to send to")

// setBaseURL sets where an operation is sent: the first server of the operation, its path or the
// document. A base URL without a path replaces the origin of that server. One with a path, even
// "/", replaces all of it.
func (b *builder) setBaseURL(op *operation, item *openapi3.PathItem) error {
	raw := b.serverURL(op, item)
	if b.o.BaseURL != "" {
		op.BaseURL = b.baseURL
		if u, err := url.Parse(raw); err == nil && b.isBaseOrigin {
			op.BaseURL += strings.TrimRight(path.Join("/", u.EscapedPath()), "/")
		}
		return nil
	}
	var err error
	op.BaseURL, err = b.absoluteURL(raw)
	return err
}

// serverURL returns the URL of the first server with its variables expanded; "/" is the default of
// OpenAPI.
func (b *builder) serverURL(op *operation, item *openapi3.PathItem) string {
	servers := b.doc.Servers
	if len(item.Servers) > 0 {
		servers = item.Servers
	}
	if op.doc.Servers != nil && len(*op.doc.Servers) > 0 {
		servers = *op.doc.Servers
	}
	for _, s := range servers {
		if s != nil {
			return router.Resolved(s, b.o.ServerVariables)
		}
	}
	return "/"
}

// absoluteURL resolves a server's URL against the document's own URL and applies the option Origin.
func (b *builder) absoluteURL(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", fmt.Errorf("%w: %s is not a URL", ErrNoServer, sanitize.Description(egress.WithoutUser(raw), 100))
	}
	if !u.IsAbs() && b.o.DocumentURL != "" {
		from, err := url.Parse(b.o.DocumentURL)
		if err != nil {
			return "", fmt.Errorf("%w: the document's own URL is invalid", ErrNoServer)
		}
		u = from.ResolveReference(u)
	}
	if b.o.Origin != "" {
		o, err := url.Parse(b.o.Origin)
		if err != nil {
			return "", fmt.Errorf("origin %s is not a URL", egress.WithoutUser(b.o.Origin))
		}
		u.Scheme, u.Host, u.User = o.Scheme, o.Host, nil
	}
	if _, err := egress.Origin(u); err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrNoServer, sanitize.Description(raw, 100), err)
	}
	u.RawQuery, u.Fragment = "", ""
	return strings.TrimRight(u.String(), "/"), nil
}

// originOf returns the origin of a URL, or "".
func originOf(base string) string {
	origin := ""
	if u, err := url.Parse(base); err == nil {
		origin, _ = egress.Origin(u)
	}
	return origin
}
