package lint

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
)

// validate reports what the specification forbids.
func (w *walker) validate() {
	err := validateDocument(w.ctx, w.doc)
	if w.ctx.Err() != nil {
		return
	}
	for _, e := range leaves(err) {
		w.invalid(e)
	}
	needsPaths := w.doc.IsOpenAPI30() || !w.has("/components") && !w.has("/webhooks")
	if w.doc.Paths.Len() == 0 && !w.has("/paths") && needsPaths {
		w.add("paths-missing", site{}, "")
	}
	c, err := check.New(w.doc, check.Config{})
	if err != nil {
		w.add("path-unroutable", site{pointer: "/paths"}, err.Error())
		return
	}
	w.checker = c
}

// validateDocument checks a document by the rules of kin-openapi. The walker checks patterns,
// examples and defaults, with their positions.
func validateDocument(ctx context.Context, doc *openapi3.T) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if p != errEnded {
				panic(p)
			}
			err = ctx.Err()
		}
	}()
	return doc.Validate(endingContext{ctx}, openapi3.EnableMultiError(), openapi3.DisableSchemaPatternValidation(),
		openapi3.DisableExamplesValidation(), openapi3.DisableSchemaDefaultsValidation())
}

var errEnded = errors.New("the context has ended")

// endingContext panics with errEnded when a value is read after its end. Kin-openapi takes a
// context and does not watch it, but reads its options from there at each part of a document.
type endingContext struct{ context.Context }

func (c endingContext) Value(key any) any {
	if c.Err() != nil {
		panic(errEnded)
	}
	return c.Context.Value(key)
}

// leaves returns the errors that a MultiError holds, at any depth.
func leaves(err error) []error {
	if err == nil {
		return nil
	}
	// errors.As would find the MultiError that an error about an example wraps.
	if many, ok := err.(openapi3.MultiError); ok {
		var out []error
		for _, e := range many {
			out = append(out, leaves(e)...)
		}
		return out
	}
	return []error{err}
}

// invalid reports an error of kin-openapi at the place that its wrappers name.
func (w *walker) invalid(err error) {
	id := ruleInvalid
	if coded, ok := errors.AsType[openapi3.CodedError](err); ok {
		id = coded.Code()
	}
	if _, ok := ruleOf(id); !ok {
		id = ruleInvalid
	}
	if w.doc.IsOpenAPI31OrLater() && id == "extra-sibling-fields" || id == "value-or-external-value-required" {
		return // schemas of 3.1 and later may have any keyword; an Example needs no value
	}
	p, cause := siteOf(err)
	if id == "parameter-in-invalid" && w.doc.IsOpenAPI32OrLater() && strings.HasSuffix(cause.Error(), strconv.Quote(openapi.InQueryString)) {
		return
	}
	message := messageOf(cause)
	if w.isReported(p, message) {
		return
	}
	w.add(id, p, message)
}

// maxMessage bounds the text of an error, in bytes.
const maxMessage = 300

// messageOf returns an error on one line, without the schema and the value that errors about values
// print.
func messageOf(err error) string {
	s := strings.Join(strings.Fields(err.Error()), " ")
	s, _, _ = strings.Cut(s, " Schema: {")
	if len(s) > maxMessage {
		s = strings.ToValidUTF8(s[:maxMessage], "") + "…"
	}
	return s
}

// componentSections maps kin-openapi's names for kinds of components to their keys.
var componentSections = map[string]string{
	"schema": "schemas", "parameter": "parameters", "header": "headers", "request body": "requestBodies",
	"response": "responses", "security scheme": "securitySchemes", "example": "examples", "link": "links",
	"callback": "callbacks",
}

// siteOf returns the place of an error and its cause, without the wrappers that name the place.
func siteOf(err error) (p site, cause error) {
	for {
		var next error
		switch e := err.(type) {
		case *openapi3.SectionValidationError:
			p.pointer, next = jsonvalue.Pointer(strings.ReplaceAll(e.Section, " ", "")), e.Cause
		case *openapi3.PathValidationError:
			p.path, p.pointer, next = e.Path, jsonvalue.Pointer("paths", e.Path), e.Cause
		case *openapi3.OperationValidationError:
			p.method, next = e.Method, e.Cause
			p.pointer += jsonvalue.Pointer(openapi.OperationKeys(e.Method)...)
		case *openapi3.ComponentValidationError:
			p.pointer, next = jsonvalue.Pointer("components", componentSections[e.Section], e.Name), e.Cause
		case *openapi3.ParameterFieldValidationError:
			p.parameter, next = e.ParameterName, e.Cause
		case *openapi3.PathParametersError:
			p.path, p.method = e.Path, e.Method
			p.pointer = jsonvalue.Pointer("paths", e.Path) + jsonvalue.Pointer(openapi.OperationKeys(e.Method)...)
			names := strings.Join(slices.Sorted(slices.Values(e.Missing)), ", ")
			return p, fmt.Errorf("path parameters of the template and of the operation differ: %s", names)
		}
		if next == nil {
			return p, err
		}
		err = next
	}
}
