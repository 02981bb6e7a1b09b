package openapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
)

// load2 reads a document of version 2.0 as one of 3.0.
func load2(top members) (doc *openapi3.T, err error) {
	defer func() {
		if p := recover(); p != nil { // the converter trusts what it is given
			doc, err = nil, errors.New("convert from 2.0: the document breaks rules of Swagger 2.0")
		}
	}()
	data, err := exactly(top.object(), swaggerKind())
	var old openapi2.T
	if err == nil {
		err = json.Unmarshal(data, &old)
	}
	if err != nil {
		return nil, oneLine(err)
	}
	eachParameter2(&old, csvByDefault)
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

// swaggerKind describes where a document of version 2.0 has schemas. Parameters, headers and their items have a
// schema's keywords themselves.
func swaggerKind() *object {
	schema := documentKind().child("components").child("schemas").child("")
	items := &object{schema: true, children: map[string]*object{}}
	items.children["items"] = items
	parameter := &object{schema: true, children: map[string]*object{"schema": schema, "items": items}}
	response := &object{children: map[string]*object{"schema": schema}}
	operation := &object{children: map[string]*object{"parameters": parameter, "responses": mapOf(response)}}
	item := &object{children: map[string]*object{"parameters": parameter}, each: operation}
	return &object{children: map[string]*object{
		"paths": mapOf(item), "definitions": mapOf(schema), "parameters": mapOf(parameter), "responses": mapOf(response),
	}}
}

// eachParameter2 calls f for each parameter of a document of version 2.0.
func eachParameter2(old *openapi2.T, f func(*openapi2.Parameter)) {
	for _, p := range old.Parameters {
		if p != nil {
			f(p)
		}
	}
	for _, item := range old.Paths {
		if item == nil {
			continue
		}
		lists := []openapi2.Parameters{item.Parameters}
		for _, op := range item.Operations() {
			lists = append(lists, op.Parameters)
		}
		for _, list := range lists {
			for _, p := range list {
				if p != nil {
					f(p)
				}
			}
		}
	}
}

// resolved2 is a parameter, or the one that it refers to.
func resolved2(old *openapi2.T, p *openapi2.Parameter) *openapi2.Parameter {
	if p != nil && p.Ref != "" {
		return old.Parameters[strings.TrimPrefix(p.Ref, "#/parameters/")]
	}
	return p
}

// csvByDefault says what version 2.0 leaves unsaid: lists are separated by commas (Swagger 2.0, Parameter Object). The
// converter takes no collectionFormat for multi.
func csvByDefault(p *openapi2.Parameter) {
	if p.Type.Is("array") && p.CollectionFormat == "" {
		p.CollectionFormat = "csv"
	}
}

// mediaByDefault says in which media types bodies are sent where the document does not: JSON, and for the fields of a form
// one of the types of forms, whatever else the document takes (Swagger 2.0, Parameter Object). The converter would say
// that anything will do.
func mediaByDefault(old *openapi2.T) {
	if len(old.Consumes) == 0 {
		old.Consumes = []string{"application/json"}
	}
	const form, parts = "application/x-www-form-urlencoded", "multipart/form-data"
	for _, item := range old.Paths {
		if item == nil {
			continue
		}
		for _, op := range item.Operations() {
			fields, file := false, false
			for _, list := range []openapi2.Parameters{item.Parameters, op.Parameters} {
				for _, p := range list {
					if p = resolved2(old, p); p != nil && p.In == "formData" {
						fields, file = true, file || p.Type.Is("file")
					}
				}
			}
			if !fields {
				continue
			}
			consumes := op.Consumes
			if len(consumes) == 0 {
				consumes = old.Consumes
			}
			op.Consumes = slices.DeleteFunc(slices.Clone(consumes), func(typ string) bool {
				return typ != parts && (typ != form || file)
			})
			switch {
			case len(op.Consumes) > 0:
			case file:
				op.Consumes = []string{parts}
			default:
				op.Consumes = []string{form}
			}
		}
	}
}

// convertForms does for fields of forms what the converter does for queries: their lists have an encoding of their own.
// Numbers that were kept to the letter beside a parameter belong to its schema.
func convertForms(old *openapi2.T, doc *openapi3.T) {
	for path, was := range old.Paths {
		item := doc.Paths.Value(path)
		if was == nil || item == nil {
			continue
		}
		for method, op := range was.Operations() {
			now := item.GetOperation(strings.ToUpper(method))
			if now == nil || now.RequestBody == nil || now.RequestBody.Value == nil {
				continue
			}
			for _, list := range []openapi2.Parameters{was.Parameters, op.Parameters} {
				for _, p := range list {
					if p = resolved2(old, p); p != nil && p.In == "formData" && p.Type.Is("array") {
						encodeList(now.RequestBody.Value, p)
					}
				}
			}
		}
	}
	if doc.Components != nil {
		for _, r := range doc.Components.Parameters {
			moveExact(r)
		}
	}
	for _, item := range doc.Paths.Map() {
		for _, r := range item.Parameters {
			moveExact(r)
		}
		for _, op := range item.Operations() {
			for _, r := range op.Parameters {
				moveExact(r)
			}
		}
	}
}

// formStyles are the styles of version 3 by collectionFormat. Tabs have none.
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
