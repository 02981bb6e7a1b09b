package check

import (
	"encoding/json"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/params"
)

// reader returns the reader of parameters and forms. A scalar is of a type that its schema admits.
func (w *work) reader() params.Reader {
	return params.Reader{
		Lenient: true,
		Scalar:  func(r *openapi3.SchemaRef, text string) any { return w.scalar(r, viewOf(r), text) },
		Object: func(names []string, values []any) any {
			out := map[string]any{}
			for i, name := range names {
				out[name] = values[i]
			}
			return out
		},
		JSON:   parseJSON,
		Admits: w.admits,
	}
}

// parseJSON returns data whose numbers are checked.
func parseJSON(text []byte) (any, error) {
	x, err := openapi.ParseJSON(text)
	if err != nil {
		return nil, err
	}
	return x, jsonschema.CheckNumbers(x)
}

// scalar reads text as the first type that the schema admits. Without such a type, the result
// violates the schema.
func (w *work) scalar(ref *openapi3.SchemaRef, v *view, text string) any {
	var candidates []any
	if v.may(openapi3.TypeString) {
		candidates = append(candidates, text)
	}
	isPlain := !w.literal || v.may(openapi3.TypeNumber) || !strings.ContainsAny(text, ".eE") // some read 90e-1 as 90
	if isPlain && v.may(openapi3.TypeInteger, openapi3.TypeNumber) && jsonvalue.IsNumber(text) && jsonschema.CheckNumber(json.Number(text)) == nil {
		candidates = append(candidates, json.Number(text))
	}
	if v.may(openapi3.TypeBoolean) {
		switch strings.ToLower(text) {
		case "true", "1":
			candidates = append(candidates, true)
		case "false", "0":
			candidates = append(candidates, false)
		}
	}
	if text == "" || text == "null" {
		candidates = append(candidates, nil)
	}
	for _, c := range candidates {
		if w.admits(ref, c) {
			return c
		}
	}
	if len(candidates) > 0 {
		return candidates[0]
	}
	return text
}
