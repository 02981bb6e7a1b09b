package check

import (
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/params"
)

// jsonOf returns the content of a part if it is said to be JSON, and is.
func jsonOf(p decode.Part) (x any, ok bool) {
	if !decode.IsJSON(decode.MediaType(p.Header.Get("Content-Type"))) {
		return nil, false
	}
	x, err := parseJSON(p.Content)
	return x, err == nil
}

// dataOf returns the data of a part without a name: its content if that is JSON, else a string.
func dataOf(p decode.Part) any {
	if x, ok := jsonOf(p); ok && p.FileName() == "" {
		return x
	}
	return string(p.Content)
}

// addPart adds a named part to a form, whose schema is r. A file is a string whose value is not
// checked. JSON is data unless the schema admits text. repeated says that other parts have the same
// name.
func addPart(top *params.Tree, r *openapi3.SchemaRef, p decode.Part, repeated bool) {
	name, kind := p.FormName(), decode.MediaType(p.Header.Get("Content-Type"))
	isFile := p.FileName() != "" || kind != "" && !strings.HasPrefix(kind, "text/")
	switch x, ok := jsonOf(p); {
	case isFile && ok && isData(openapi.SchemaProperty(r, name), repeated):
		top.Put([]string{name}, x)
	case isFile:
		top.PutField(r, name, params.Text("file"))
	default:
		top.PutField(r, name, params.Text(p.Content))
	}
}

// isData reports whether a part of JSON is data of a schema, which does not admit text. If the
// schema is a list and the part is one of its elements, as each of several is, the schema of the
// elements decides.
func isData(r *openapi3.SchemaRef, repeated bool) bool {
	v := viewOf(r)
	isList := v.types[openapi3.TypeArray]
	return r != nil && (!v.may(openapi3.TypeString) || isList && repeated) && !(isList && viewOf(v.items).may(openapi3.TypeString))
}
