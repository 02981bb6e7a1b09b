package openapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
)

// load2 decodes a document of version 2.0 and converts it to 3.0.
func load2(top members) (doc *openapi3.T, err error) {
	defer func() {
		if p := recover(); p != nil { // the converter panics on some invalid documents
			doc, err = nil, errors.New("convert from 2.0: the document breaks rules of Swagger 2.0")
		}
	}()
	data, err := keepDigits(top.object(), SwaggerLayout())
	var old openapi2.T
	if err == nil {
		err = json.Unmarshal(data, &old)
	}
	if err != nil {
		return nil, LineError(err)
	}
	maps.DeleteFunc(old.Paths, func(_ string, item *openapi2.PathItem) bool { return item == nil })
	maps.DeleteFunc(old.Parameters, func(_ string, p *openapi2.Parameter) bool { return p == nil })
	csvByDefault(&old)
	mediaByDefault(&old)
	doc, err = openapi2conv.ToV3(&old)
	if err != nil {
		return nil, fmt.Errorf("convert from 2.0: %w", loadError(err))
	}
	if doc.Paths == nil {
		doc.Paths = openapi3.NewPaths()
	}
	convertForms(&old, doc)
	return doc, nil
}

// csvByDefault sets the default of version 2.0: lists are separated by commas (Swagger 2.0,
// Parameter Object). The converter takes a missing collectionFormat for multi.
func csvByDefault(old *openapi2.T) {
	all := slices.Collect(maps.Values(old.Parameters))
	for _, item := range old.Paths {
		all = append(all, item.Parameters...)
		for _, op := range item.Operations() {
			all = append(all, op.Parameters...)
		}
	}
	for _, p := range all {
		if p != nil && p.Type.Is("array") && p.CollectionFormat == "" {
			p.CollectionFormat = "csv"
		}
	}
}

// resolved2 follows the reference of a parameter.
func resolved2(old *openapi2.T, p *openapi2.Parameter) *openapi2.Parameter {
	if p != nil && p.Ref != "" {
		return old.Parameters[strings.TrimPrefix(p.Ref, "#/parameters/")]
	}
	return p
}

// mediaByDefault sets the media types of request bodies if the document does not: JSON, and a type
// of forms for fields of forms, regardless of the document's own consumes (Swagger 2.0, Parameter
// Object). The converter would allow any type.
func mediaByDefault(old *openapi2.T) {
	if len(old.Consumes) == 0 {
		old.Consumes = []string{"application/json"}
	}
	for _, item := range old.Paths {
		for _, op := range item.Operations() {
			fields := formFields(old, item, op)
			if len(fields) == 0 {
				continue
			}
			consumes := op.Consumes
			if len(consumes) == 0 {
				consumes = old.Consumes
			}
			op.Consumes = formTypes(consumes, slices.ContainsFunc(fields, func(p *openapi2.Parameter) bool { return p.Type.Is("file") }))
		}
	}
}

// formFields returns the fields of the form of an operation.
func formFields(old *openapi2.T, item *openapi2.PathItem, op *openapi2.Operation) (fields []*openapi2.Parameter) {
	for _, p := range slices.Concat(item.Parameters, op.Parameters) {
		if p = resolved2(old, p); p != nil && p.In == "formData" {
			fields = append(fields, p)
		}
	}
	return fields
}

// formTypes returns those of the media types that can hold a form. If there are none, it returns
// the default.
func formTypes(consumes []string, file bool) []string {
	const form, multipart = "application/x-www-form-urlencoded", "multipart/form-data"
	types := slices.DeleteFunc(slices.Clone(consumes), func(t string) bool {
		return t != multipart && (t != form || file)
	})
	switch {
	case len(types) > 0:
		return types
	case file:
		return []string{multipart}
	}
	return []string{form}
}

// convertForms sets the encoding of lists in forms, as the converter does for lists in queries. It
// moves the exact digits of numbers from parameters to their schemas.
func convertForms(old *openapi2.T, doc *openapi3.T) {
	for path, was := range old.Paths {
		item := doc.Paths.Value(path)
		if item == nil {
			continue
		}
		for method, op := range was.Operations() {
			now := item.GetOperation(strings.ToUpper(method))
			if now == nil || now.RequestBody == nil || now.RequestBody.Value == nil {
				continue
			}
			for _, p := range formFields(old, was, op) {
				if p.Type.Is("array") {
					encodeList(now.RequestBody.Value, p)
				}
			}
		}
	}
	var all openapi3.Parameters
	if doc.Components != nil {
		all = slices.Collect(maps.Values(doc.Components.Parameters))
	}
	for _, item := range doc.Paths.Map() {
		all = append(all, item.Parameters...)
		for _, op := range item.Operations() {
			all = append(all, op.Parameters...)
		}
	}
	for _, r := range all {
		moveExact(r)
	}
}

// formStyles maps a collectionFormat to a style of version 3, which has none for tabs.
func formStyles() map[string]string {
	return map[string]string{"csv": "form", "ssv": "spaceDelimited", "pipes": "pipeDelimited"}
}

func encodeList(body *openapi3.RequestBody, p *openapi2.Parameter) {
	style := formStyles()[p.CollectionFormat]
	if style == "" {
		return
	}
	for _, mt := range body.Content {
		if mt.Encoding == nil {
			mt.Encoding = make(map[string]*openapi3.Encoding)
		}
		mt.Encoding[p.Name] = &openapi3.Encoding{Style: style, Explode: new(bool)}
	}
}

// moveExact moves the extension with exact numbers from a parameter to its schema.
func moveExact(r *openapi3.ParameterRef) {
	if r == nil || r.Value == nil || r.Value.Schema == nil || r.Value.Schema.Value == nil {
		return
	}
	exact, ok := r.Value.Extensions[exactKey]
	if !ok {
		return
	}
	delete(r.Value.Extensions, exactKey)
	s := r.Value.Schema.Value
	if s.Extensions == nil {
		s.Extensions = make(map[string]any)
	}
	s.Extensions[exactKey] = exact
}
