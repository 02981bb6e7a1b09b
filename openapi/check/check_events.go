package check

import (
	"cmp"
	"encoding/json"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
)

// eventSchemas returns the schemas of the extension [openapi.ExtEvents] by name. It finds them
// among the alternatives of the media type, whose references are resolved.
func eventSchemas(m *openapi3.MediaType) map[string]*openapi3.SchemaRef {
	named, _ := m.Extensions[openapi.ExtEvents].(map[string]any)
	if len(named) == 0 || m.Schema == nil || m.Schema.Value == nil {
		return nil
	}
	alternatives := map[string]*openapi3.SchemaRef{}
	for _, ref := range append(openapi3.SchemaRefs{m.Schema}, m.Schema.Value.AnyOf...) {
		alternatives[canonical(ref)] = ref
	}
	out := map[string]*openapi3.SchemaRef{}
	for name, v := range named {
		if ref := alternatives[canonical(v)]; ref != nil {
			out[name] = ref
		}
	}
	return out
}

// canonical returns v as JSON with sorted keys, "" if it cannot be written.
func canonical(v any) string {
	text, err := json.Marshal(v)
	if value := jsontext.Value(text); err == nil && value.Canonicalize() == nil {
		return string(value)
	}
	return ""
}

// events checks the data of server-sent events that is JSON: by the schema of the event's name if
// there is one.
func (w *work) events(s side, m *openapi3.MediaType, data []byte) {
	named := eventSchemas(m)
	for e := range decode.Events(data) {
		if !decode.BeginsJSON(e.Data) {
			continue
		}
		ref := m.Schema
		if own := named[cmp.Or(e.Type, openapi.UnnamedEvent)]; own != nil {
			ref = own
		}
		if v, err := openapi.ParseJSON(e.Data); err == nil && jsonschema.CheckNumbers(v) == nil {
			w.validate(ref, s.direction, v, s.ruleBody, s.name)
		}
	}
}
