package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
)

// Rules that a flow can break. The names are stable: scripts may rely on them.
const (
	RuleQueryUndeclared  = "query-undeclared"     // a query parameter that the operation does not have
	RuleParamRequired    = "param-required"       // a required parameter is missing
	RuleParamValue       = "param-value"          // a parameter's value violates its schema
	RuleCredentials      = "credentials-required" // the credentials that the operation demands are missing
	RuleBodyRequired     = "body-required"        // a required request body is missing
	RuleBodyUndeclared   = "body-undeclared"      // a request body of an operation that declares no body
	RuleRequestType      = "request-type"         // the request's media type is not declared
	RuleRequestBody      = "request-body"         // the request body violates its schema
	RuleStatus           = "status"               // the status is not declared
	RuleResponseHeader   = "response-header"      // a response header is missing or violates its schema
	RuleResponseType     = "response-type"        // the response's media type is not declared
	RuleResponseBody     = "response-body"        // the response body violates its schema
	RuleMalformed        = "malformed"            // a body is not what its media type says
	RuleSchemaUnreadable = "schema-unreadable"    // the document's schema cannot be compiled
)

// Reasons why a side of a flow was not checked.
const (
	SkipRefused   = "request refused"       // the server refused the request, so it may violate the document
	SkipTruncated = "body truncated"        // only a prefix of the body was recorded
	SkipEncoding  = "body not decodable"    // an unknown or broken content encoding or charset
	SkipOpaque    = "media type not judged" // the checker does not read bodies of that type
	SkipTooMuch   = "too much to check"     // the flow exceeds the budget of package jsonschema
	SkipCanceled  = "check canceled"        // the context ended
)

// Mismatch is one rule that a flow breaks. It has no values of the flow. Names are those of the
// document; other keys of bodies are written as "*". An undeclared query parameter is named only if
// its name does not look like a secret.
type Mismatch struct {
	Flow   flow.Seq `json:"flow"`
	Method string   `json:"method"`
	Path   string   `json:"path"` // the document's template
	Rule   string   `json:"rule"`
	// Where is "query NAME", "path NAME", "header NAME" or "cookie NAME", or it is "request" or
	// "response", followed by the JSON pointer of a value in the body.
	Where   string `json:"where"`
	Message string `json:"message"`
}

// Result is the result of a check.
type Result struct {
	// Operation is nil if the flow has none in the document; then nothing else is set.
	Operation  *openapi3.Operation
	Mismatches []Mismatch
	// Skipped lists what was not checked with the reason, such as "request body: " and one of the
	// reasons.
	Skipped []string
}

// Checker checks flows against one document. Any number of goroutines may use it at once. The
// document must not change while it is in use.
type Checker struct {
	router      *router.Router
	schemas     *schemas
	names       map[string]bool // names of all properties in the document, which messages may show
	keys        map[string]bool // query parameters that are API keys
	security    openapi3.SecurityRequirements
	schemes     openapi3.SecuritySchemes
	anyHost     bool
	steps       int // of the values of one flow
	allMethods  bool
	directional bool // the document has readOnly or writeOnly

	ops sync.Map // *openapi3.Operation ▶ []*openapi3.Parameter
}

// Config configures a [Checker]. The zero value takes the document literally.
type Config struct {
	// AnyHost ignores the hosts of the document's servers: the flows come from another host.
	AnyHost bool
	// Steps bounds the work for the values of one flow; 0 is [jsonschema.DefaultSteps].
	Steps int
}

// New makes a checker for doc, which must be resolved, as openapi.Load and build.Document return
// it. A path template that cannot be read is an error.
func New(doc *openapi3.T, c Config) (*Checker, error) {
	router, err := router.New(doc)
	if err != nil {
		return nil, err
	}
	out := &Checker{
		router: router, schemas: newSchemas(doc), names: map[string]bool{}, keys: map[string]bool{}, anyHost: c.AnyHost, steps: c.Steps,
		security: doc.Security, allMethods: doc.IsOpenAPI32OrLater(),
	}
	openapi.EachSchema(doc, func(ref *openapi3.SchemaRef) {
		for name := range ref.Value.Properties {
			out.names[name] = true
		}
		for _, name := range ref.Value.Required {
			out.names[name] = true
		}
		out.directional = out.directional || ref.Value.ReadOnly || ref.Value.WriteOnly
	})
	if doc.Components != nil {
		out.schemes = doc.Components.SecuritySchemes
		for _, s := range out.schemes {
			if s.Value != nil && s.Value.Type == "apiKey" && s.Value.In == "query" {
				out.keys[s.Value.Name] = true
			}
		}
	}
	return out, nil
}

// AllMethods reports whether the version of the document has operations with any method, such as
// PROPFIND (3.2).
func (c *Checker) AllMethods() bool { return c.allMethods }

// Check checks one flow. The result is empty if the flow has no operation or no response.
//
// A request that was refused (status 4xx or 5xx) is not checked: the document need not admit
// requests that the server rejects. Responses are always checked.
//
// Of a batch of procedures, each call is checked. The result has the operation of the first, and is
// empty if one of them has no operation.
//
// All values of the flow share one [jsonschema.Meter]. Checks that exceed it are skipped as
// [SkipTooMuch]. When ctx ends, so does the check, and the rest is skipped as [SkipCanceled].
func (c *Checker) Check(ctx context.Context, f *flow.Flow) Result {
	if f.Response == nil || f.Response.Status < 200 {
		return Result{}
	}
	meter := jsonschema.NewMeter(c.steps)
	var all Result
	for i, one := range call.Each(f) {
		r := c.check(ctx, meter, one)
		switch {
		case r.Operation == nil:
			return Result{}
		case i == 0:
			all = r
		default:
			all.Mismatches, all.Skipped = append(all.Mismatches, r.Mismatches...), append(all.Skipped, r.Skipped...)
		}
	}
	return all
}

// check checks one call.
func (c *Checker) check(ctx context.Context, meter *jsonschema.Meter, f *flow.Flow) Result {
	authority := f.Request.Authority
	if c.anyHost {
		authority = ""
	}
	m, ok := c.router.FindFlow(f, authority)
	if !ok {
		return Result{}
	}
	w := &work{Checker: c, ctx: ctx, meter: meter, flow: f, match: m}
	w.params = c.parameters(&m)
	if f.Response.Status < 400 {
		w.credentials()
		w.request()
	} else {
		w.skip("request", SkipRefused)
	}
	w.response()
	return Result{Operation: m.Operation, Mismatches: w.found, Skipped: w.skipped}
}

// parameters returns the parameters of an operation, which it computes once.
func (c *Checker) parameters(m *router.Match) []*openapi3.Parameter {
	if ps, ok := c.ops.Load(m.Operation); ok {
		return ps.([]*openapi3.Parameter)
	}
	ps := m.Parameters()
	c.ops.Store(m.Operation, ps)
	return ps
}

// direction returns d if the document has readOnly or writeOnly. Other documents compile their
// schemas once, for both directions.
func (c *Checker) direction(d direction) direction {
	if c.directional {
		return d
	}
	return anyDirection
}

// work is the check of one flow.
type work struct {
	*Checker
	ctx     context.Context
	meter   *jsonschema.Meter
	flow    *flow.Flow
	match   router.Match
	params  []*openapi3.Parameter
	found   []Mismatch
	skipped []string
	// literal reports undeclared query parameters of any name. undeclared are all of them.
	literal    bool
	undeclared []decode.Pair
}

func (w *work) report(rule, where, message string) {
	w.found = append(w.found, Mismatch{
		Flow: w.flow.Seq, Method: w.match.Method, Path: w.match.Template, Rule: rule, Where: where, Message: message,
	})
}

// skip notes once that something was not checked.
func (w *work) skip(what, reason string) {
	if s := what + ": " + reason; !slices.Contains(w.skipped, s) {
		w.skipped = append(w.skipped, s)
	}
}

func (w *work) request() {
	w.requestParameters()
	r := &w.flow.Request
	ref := w.match.Operation.RequestBody
	empty := r.Body.Size == 0 && len(r.Body.Data) == 0
	if isRequired := ref != nil && ref.Value != nil && ref.Value.Required; !isRequired {
		empty = empty || decode.IsNull(r.Header.MediaType(), r.Body.Data)
	}
	if ref == nil || ref.Value == nil {
		if !empty {
			w.report(RuleBodyUndeclared, "request", "the operation declares no request body")
		}
		return
	}
	if empty {
		if ref.Value.Required {
			w.report(RuleBodyRequired, "request", "the request body is required")
		}
		return
	}
	w.body(side{
		name: "request", header: r.Header, body: r.Body, content: ref.Value.Content, direction: w.direction(toServer),
		ruleType: RuleRequestType, ruleBody: RuleRequestBody,
	})
}

func (w *work) response() {
	r := w.flow.Response
	_, declared := responseOf(w.match.Operation, r.Status)
	if declared == nil {
		if r.Status != 304 { // the response to any conditional GET (RFC 9110, section 15.4.5)
			w.report(RuleStatus, "response", fmt.Sprintf("status %d is not declared", r.Status))
		}
		return
	}
	w.responseHeaders(declared)
	if w.flow.Request.Method == "HEAD" || r.Body.Size == 0 && len(r.Body.Data) == 0 {
		return
	}
	w.body(side{
		name: "response", header: r.Header, body: r.Body, content: declared.Content, direction: w.direction(toClient),
		ruleType: RuleResponseType, ruleBody: RuleResponseBody,
	})
}

// responseOf returns the declared response for a status with its key: its own, that of its range,
// or the default, or nil if there is none.
func responseOf(op *openapi3.Operation, status int) (key string, r *openapi3.Response) {
	class := strconv.Itoa(status / 100)
	for _, key := range []string{strconv.Itoa(status), class + "XX", class + "xx", "default"} {
		if r := op.Responses.Value(key); r != nil && r.Value != nil {
			return key, r.Value
		}
	}
	return "", nil
}

// Compile compiles a schema of the document. Values are not checked against a schema with an error.
func (c *Checker) Compile(ref *openapi3.SchemaRef) error {
	_, err := c.schemas.compile(ref, anyDirection)
	return err
}

// Admits checks a value of the document itself, such as an example, against its schema. It returns
// the problems, each prefixed with the JSON pointer of the value at fault. There are no problems if
// the value is valid in one direction, as a request or as a response, or if the schema cannot be
// compiled. Values that share m share its budget; nil is a budget of its own. A value that exceeds
// it has the problem [SkipTooMuch].
func (c *Checker) Admits(ctx context.Context, m *jsonschema.Meter, ref *openapi3.SchemaRef, v any) []string {
	if m == nil {
		m = jsonschema.NewMeter(c.steps)
	}
	var first error
	for _, d := range []direction{anyDirection, toServer, toClient} {
		sch, err := c.schemas.compile(ref, c.direction(d))
		if err != nil || sch == nil {
			return nil
		}
		err = sch.ValidateWithin(ctx, m, v)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, jsonschema.ErrTooMuch):
			return []string{SkipTooMuch}
		case first == nil:
			first = err
		}
	}
	var out []string
	for _, x := range jsonschema.Violations(first, c.names) {
		out = append(out, strings.TrimSpace(x.Pointer+" "+x.Message))
	}
	return out
}
