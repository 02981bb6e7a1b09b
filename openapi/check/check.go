package check

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi/internal/cleantext"
	"github.com/spectap/spectap/openapi/router"
)

// Rules that an exchange can break. They are stable: scripts may rely on them.
const (
	RuleQueryUndeclared  = "query-undeclared"  // a query parameter that the operation does not have
	RuleParamRequired    = "param-required"    // a required parameter is missing
	RuleParamValue       = "param-value"       // a parameter's value does not fit its schema
	RuleBodyRequired     = "body-required"     // a required request body is missing
	RuleBodyUndeclared   = "body-undeclared"   // a request body where the operation has none
	RuleRequestType      = "request-type"      // the request's media type is not declared
	RuleRequestBody      = "request-body"      // the request body does not fit its schema
	RuleStatus           = "status"            // the status is not declared
	RuleResponseHeader   = "response-header"   // a response header is missing or does not fit its schema
	RuleResponseType     = "response-type"     // the answer's media type is not declared
	RuleResponseBody     = "response-body"     // the answer does not fit its schema
	RuleMalformed        = "malformed"         // a body is not what its media type says
	RuleSchemaUnreadable = "schema-unreadable" // the document's schema cannot be compiled
)

// Reasons why a part of an exchange was not judged.
const (
	SkipRefused   = "request refused"       // the server refused the request: it need not be one that the document admits
	SkipTruncated = "body truncated"        // only a prefix of the body was recorded
	SkipEncoding  = "body not decodable"    // a content encoding or charset that is unknown or broken
	SkipOpaque    = "media type not judged" // nothing here reads bodies of that type
)

// Mismatch is one rule that an exchange breaks. It holds no value of the exchange: names are those of the document, keys
// of bodies that the document does not know read "*", and a query parameter that it does not know is named only where
// its name looks like one.
type Mismatch struct {
	Flow   flow.Seq `json:"flow"`
	Method string   `json:"method"`
	Path   string   `json:"path"` // the document's template
	Rule   string   `json:"rule"`
	// Where is "query NAME", "path NAME", "header NAME", "cookie NAME", or "request" or "response" and, in a body,
	// the JSON pointer of the value.
	Where   string `json:"where"`
	Message string `json:"message"`
}

// Result is what a check found.
type Result struct {
	// Template is the path of the operation in the document; "" when the exchange has none, and then nothing else is set.
	Template   string
	Operation  *openapi3.Operation
	Mismatches []Mismatch
	// Skipped says which parts were not judged, and why: "request body: " and one of the reasons.
	Skipped []string
}

// Checker judges exchanges by one document. Any number of goroutines may use it at once. The document must not
// change while there is one.
type Checker struct {
	router  *router.Router
	schemas *schemas
	known   map[string]bool // names of all properties in the document: what may be told of a place in a body
	keys    map[string]bool // query parameters that are credentials
	anyHost bool
	hasWays bool // the document has readOnly or writeOnly somewhere

	ops sync.Map // *openapi3.Operation ▶ []*openapi3.Parameter
}

// Config says how a Checker judges. The zero value is the document to the letter.
type Config struct {
	// AnyHost compares paths only: the exchanges come from another host than the document's servers.
	AnyHost bool
}

// New makes a checker for doc, which must be resolved (as [Load] and [Build] return it). A document whose
// path templates cannot be read is an error.
func New(doc *openapi3.T, c Config) (*Checker, error) {
	router, err := router.New(doc)
	if err != nil {
		return nil, err
	}
	out := &Checker{router: router, schemas: newSchemas(doc), known: map[string]bool{}, keys: map[string]bool{}, anyHost: c.AnyHost}
	err = doc.WalkSchemas(func(_ string, ref *openapi3.SchemaRef) error {
		if ref == nil || ref.Value == nil {
			return nil
		}
		for name := range ref.Value.Properties {
			out.known[name] = true
		}
		for _, name := range ref.Value.Required {
			out.known[name] = true
		}
		out.hasWays = out.hasWays || ref.Value.ReadOnly || ref.Value.WriteOnly
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read schemas: %w", cleantext.Error(err))
	}
	if doc.Components != nil {
		for _, s := range doc.Components.SecuritySchemes {
			if s.Value != nil && s.Value.Type == "apiKey" && s.Value.In == "query" {
				out.keys[s.Value.Name] = true
			}
		}
	}
	return out, nil
}

// Check judges one exchange. Without an operation for it, or without an answer, the result is empty.
//
// Requests that were refused (status 4xx or 5xx) are not judged: what the server did not accept, the document need
// not admit. Answers always are.
func (c *Checker) Check(f *flow.Flow) Result {
	if f.Response == nil || f.Response.Status < 200 {
		return Result{}
	}
	authority := f.Request.Authority
	if c.anyHost {
		authority = ""
	}
	m, ok := c.router.FindFlow(f, authority)
	if !ok {
		return Result{}
	}
	j := &judgement{Checker: c, flow: f, match: m}
	j.params = c.parameters(&m)
	if f.Response.Status < 400 {
		j.request()
	} else {
		j.skip("request", SkipRefused)
	}
	j.response()
	return Result{Template: m.Template, Operation: m.Operation, Mismatches: j.found, Skipped: j.skipped}
}

func (c *Checker) parameters(m *router.Match) []*openapi3.Parameter {
	if ps, ok := c.ops.Load(m.Operation); ok {
		return ps.([]*openapi3.Parameter)
	}
	ps := m.Parameters()
	c.ops.Store(m.Operation, ps)
	return ps
}

// way is w where the document tells the directions apart, so that other documents compile their schemas once.
func (c *Checker) way(w way) way {
	if c.hasWays {
		return w
	}
	return eitherWay
}

// judgement is one exchange being judged.
type judgement struct {
	*Checker
	flow    *flow.Flow
	match   router.Match
	params  []*openapi3.Parameter
	found   []Mismatch
	skipped []string
}

func (j *judgement) report(rule, where, message string) {
	j.found = append(j.found, Mismatch{Flow: j.flow.Seq, Method: j.match.Method, Path: j.match.Template, Rule: rule, Where: where, Message: message})
}

func (j *judgement) skip(part, why string) { j.skipped = append(j.skipped, part+": "+why) }

func (j *judgement) request() {
	j.requestParams()
	r := &j.flow.Request
	ref := j.match.Operation.RequestBody
	empty := r.Body.Size == 0 && len(r.Body.Data) == 0
	if ref == nil || ref.Value == nil {
		if !empty {
			j.report(RuleBodyUndeclared, "request", "the operation declares no request body")
		}
		return
	}
	if empty {
		if ref.Value.Required {
			j.report(RuleBodyRequired, "request", "the request body is required")
		}
		return
	}
	j.body(part{name: "request", header: r.Header, body: r.Body, content: ref.Value.Content, way: j.way(asRequest),
		ruleType: RuleRequestType, ruleBody: RuleRequestBody})
}

func (j *judgement) response() {
	r := j.flow.Response
	declared := responseOf(j.match.Operation, r.Status)
	if declared == nil {
		if r.Status != 304 { // any conditional GET may be answered so (RFC 9110, section 15.4.5)
			j.report(RuleStatus, "response", fmt.Sprintf("status %d is not declared", r.Status))
		}
		return
	}
	j.responseHeaders(declared)
	if j.flow.Request.Method == "HEAD" || r.Body.Size == 0 && len(r.Body.Data) == 0 {
		return
	}
	j.body(part{name: "response", header: r.Header, body: r.Body, content: declared.Content, way: j.way(asResponse),
		ruleType: RuleResponseType, ruleBody: RuleResponseBody})
}

func responseOf(op *openapi3.Operation, status int) *openapi3.Response {
	for _, key := range []string{strconv.Itoa(status), strconv.Itoa(status/100) + "XX", "default"} {
		if r := op.Responses.Value(key); r != nil && r.Value != nil {
			return r.Value
		}
		if r := op.Responses.Value(strings.ToLower(key)); r != nil && r.Value != nil {
			return r.Value
		}
	}
	return nil
}

// Compile says whether a schema of the document can be compiled; values are not checked by one that cannot.
func (c *Checker) Compile(ref *openapi3.SchemaRef) error {
	_, err := c.schemas.compile(ref, eitherWay)
	return err
}

// Admits says what is wrong with a value of the document itself, such as an example, by the schema that is to describe it.
// Each problem has the JSON pointer of its place in the value before it. What fits in one direction, as a request or as an answer, is
// right; so is everything by a schema that cannot be compiled.
func (c *Checker) Admits(ref *openapi3.SchemaRef, v any) []string {
	var first error
	for _, w := range []way{eitherWay, asRequest, asResponse} {
		sch, err := c.schemas.compile(ref, c.way(w))
		if err != nil || sch == nil {
			return nil
		}
		if err := sch.Validate(context.Background(), v); err == nil {
			return nil
		} else if first == nil {
			first = err
		}
	}
	var out []string
	for _, x := range jsonschema.Violations(first, c.known) {
		out = append(out, strings.TrimSpace(x.Pointer+" "+x.Message))
	}
	return out
}
