package check

import (
	"context"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/jsonvalue"
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
	// Header and Fields are what the operation does not declare: lines of the header, and fields of
	// the query, of a form and of an object in JSON.
	Header flow.Header
	Fields []decode.Pair
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
	r := Request{Match: m, Fields: append(w.undeclared, w.undeclaredFields()...)}
	r.Mismatches, r.Skipped = w.found, w.skipped // after undeclaredFields
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

// undeclaredFields returns the fields of a form, and the members of an object in JSON, that the
// operation does not declare. It reports members that occur twice.
func (w *work) undeclaredFields() (out []decode.Pair) {
	r := &w.flow.Request
	if w.match.Operation.RequestBody == nil || w.match.Operation.RequestBody.Value == nil {
		return nil
	}
	kind := r.Header.MediaType()
	data, complete, err := decode.Body(r.Header, r.Body, decode.DefaultMax)
	m := findMedia(w.match.Operation.RequestBody.Value.Content, kind)
	if m == nil || err != nil || !complete || len(data) == 0 {
		return nil
	}
	var sent []decode.Pair
	switch {
	case decode.IsForm(kind):
		sent = slices.Collect(decode.Pairs(string(data)))
	case decode.IsFormData(kind):
		parts, _ := decode.Parts(decode.Param(r.Header.Get("Content-Type"), "boundary"), data)
		for _, p := range parts {
			sent = append(sent, decode.Pair{Name: p.FormName(), Value: string(p.Content)})
		}
	case decode.IsJSON(kind):
		// Servers that do not know the charset read the bytes.
		if plain, _, _ := decode.Bytes(r.Header, r.Body, decode.DefaultMax); !jsontext.Value(plain).IsValid() {
			w.report(RuleMalformed, "request", "the body is not one value of JSON in UTF-8, without a member twice")
		}
		object, _ := jsonvalue.Decode(data).(map[string]any)
		for name, v := range object {
			text, _ := v.(string)
			sent = append(sent, decode.Pair{Name: name, Value: text})
		}
	}
	for _, p := range sent {
		if name, _, _ := strings.Cut(p.Name, "["); openapi.SchemaProperty(m.Schema, name) == nil {
			out = append(out, p)
		}
	}
	return out
}
