package check

import (
	"context"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
)

// Request is what a document says of a request before there is an answer.
type Request struct {
	// Match has no Operation if the document has none for the request; then nothing else is set.
	router.Match
	Mismatches []Mismatch
	// Skipped lists what was not checked, as in [Result].
	Skipped []string
	// Header and Query have what the operation does not declare.
	Header flow.Header
	Query  []decode.Pair
}

// Find returns the operation of a request, which has no response yet.
func (c *Checker) Find(f *flow.Flow) (router.Match, bool) {
	return c.router.FindFlow(f, f.Request.Authority)
}

// Request checks a request before there is an answer, to the letter: each undeclared query
// parameter is a mismatch, and so is a member of JSON that occurs twice, of which servers read one
// or the other. The response of f must be nil. Credentials are not checked.
func (c *Checker) Request(ctx context.Context, f *flow.Flow) Request {
	m, ok := c.Find(f)
	if !ok {
		return Request{}
	}
	w := &work{Checker: c, ctx: ctx, meter: jsonschema.NewMeter(c.steps), flow: f, match: m, literal: true}
	w.params = c.parameters(&m)
	w.request()
	if _, err := decode.Encodings(f.Request.Header); err != nil && f.Request.Body.Size > 0 {
		w.skip("request body", SkipEncoding) // also where others take it for none
	}
	// Servers that do not know the charset read the bytes.
	plain, _, _ := decode.Bytes(f.Request.Header, f.Request.Body, decode.DefaultMax)
	if decode.IsJSON(f.Request.Header.MediaType()) && len(plain) > 0 && !jsontext.Value(plain).IsValid() {
		w.report(RuleMalformed, "request", "the body is not one value of JSON in UTF-8, without a member twice")
	}
	r := Request{Match: m, Mismatches: w.found, Skipped: w.skipped, Query: w.undeclared}
	for _, h := range f.Request.Header {
		isDeclared := func(p *openapi3.Parameter) bool {
			return p.In == openapi3.ParameterInHeader && strings.EqualFold(p.Name, h.Name)
		}
		if !slices.ContainsFunc(w.params, isDeclared) {
			r.Header = append(r.Header, h)
		}
	}
	return r
}

// Declares reports whether a body of the operation may have a member or field of this name.
func (r *Request) Declares(name string) bool {
	if r.Operation.RequestBody == nil || r.Operation.RequestBody.Value == nil {
		return false
	}
	for _, m := range r.Operation.RequestBody.Value.Content {
		if m != nil && openapi.SchemaProperty(m.Schema, name) != nil {
			return true
		}
	}
	return false
}
