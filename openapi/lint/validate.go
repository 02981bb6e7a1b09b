package lint

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/yamledit"
)

// validate checks the letter of OpenAPI.
func (w *walker) validate() {
	err := w.doc.Validate(context.Background(), openapi3.EnableMultiError(), openapi3.DisableSchemaPatternValidation(),
		openapi3.DisableExamplesValidation(), openapi3.DisableSchemaDefaultsValidation()) // the walker says where these are
	for _, e := range leaves(err) {
		w.invalid(e)
	}
	if w.doc.Paths.Len() == 0 && !w.has("/paths") && (w.doc.IsOpenAPI30() || !w.has("/components") && !w.has("/webhooks")) {
		w.add("paths-missing", place{}, "")
	}
	checker, err := check.New(w.doc, check.Config{})
	if err != nil {
		w.add("path-unroutable", place{pointer: "/paths"}, err.Error())
		return
	}
	w.checker = checker
}

func leaves(err error) []error {
	if err == nil {
		return nil
	}
	// Not errors.As: an error about an example wraps all that is wrong with it.
	if many, ok := err.(openapi3.MultiError); ok {
		var out []error
		for _, e := range many {
			out = append(out, leaves(e)...)
		}
		return out
	}
	return []error{err}
}

// invalid reports one error of kin-openapi where its wrappers say that it is.
func (w *walker) invalid(err error) {
	id := ruleInvalid
	var coded openapi3.CodedError
	if errors.As(err, &coded) {
		id = coded.Code()
	}
	if _, ok := ruleOf(id); !ok {
		id = ruleInvalid
	}
	p, cause := placeOf(err)
	if p.pointer == "/components" && w.doc.IsOpenAPI31OrLater() && cause.Error() == "extra sibling fields: [pathItems]" {
		return // version 3.1 has them (OpenAPI 3.1, Components Object), kin-openapi has not
	}
	w.add(id, p, words(cause))
}

// maxWords bounds the words of an error, in bytes.
const maxWords = 300

// words is an error on one line, without the schema and the value that errors about values print.
func words(err error) string {
	s := strings.Join(strings.Fields(err.Error()), " ")
	s, _, _ = strings.Cut(s, " Schema: {")
	if len(s) > maxWords {
		s = strings.ToValidUTF8(s[:maxWords], "") + "…"
	}
	return s
}

// componentSections are the keys of kin-openapi's names for kinds of components.
var componentSections = map[string]string{"schema": "schemas", "parameter": "parameters", "header": "headers", "request body": "requestBodies",
	"response": "responses", "security scheme": "securitySchemes", "example": "examples", "link": "links", "callback": "callbacks"}

// placeOf unwraps what says where an error is; what is left says what it is.
func placeOf(err error) (p place, cause error) {
	for {
		var next error
		switch e := err.(type) {
		case *openapi3.SectionValidationError:
			p.pointer, next = yamledit.Pointer(strings.ReplaceAll(e.Section, " ", "")), e.Cause
		case *openapi3.PathValidationError:
			p.path, p.pointer, next = e.Path, yamledit.Pointer("paths", e.Path), e.Cause
		case *openapi3.OperationValidationError:
			p.method, next = e.Method, e.Cause
			p.pointer += yamledit.Pointer(strings.ToLower(e.Method))
		case *openapi3.ComponentValidationError:
			p.pointer, next = yamledit.Pointer("components", componentSections[e.Section], e.Name), e.Cause
		case *openapi3.ParameterFieldValidationError:
			p.parameter, next = e.ParameterName, e.Cause
		case *openapi3.PathParametersError:
			p.path, p.method = e.Path, e.Method
			p.pointer = yamledit.Pointer("paths", e.Path, strings.ToLower(e.Method))
			return p, fmt.Errorf("path parameters of the template and of the operation differ: %s", strings.Join(slices.Sorted(slices.Values(e.Missing)), ", "))
		}
		if next == nil {
			return p, err
		}
		err = next
	}
}
