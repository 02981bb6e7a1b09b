package check

import (
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
)

// jsonOf returns the content of a part if it is said to be JSON, and is.
func jsonOf(p decode.Part) (x any, ok bool) {
	if !decode.IsJSON(decode.MediaType(p.Header.Get("Content-Type"))) {
		return nil, false
	}
	x, err := openapi.ParseJSON(p.Content)
	return x, err == nil && jsonschema.CheckNumbers(x) == nil
}

// dataOf returns the data of a part without a name: its content if that is JSON, else a string.
func dataOf(p decode.Part) any {
	if x, ok := jsonOf(p); ok && p.FileName() == "" {
		return x
	}
	return string(p.Content)
}

// addPart adds a named part to a form, whose schema is v. A file is a string whose value is not
// checked. JSON is data unless the schema admits text. repeated says that other parts have the same
// name.
func addPart(top *formNode, v *view, p decode.Part, repeated bool) {
	name := p.FormName()
	keys := openapi.BracketKeys(name)
	if v.props[name] != nil {
		keys = []string{name}
	}
	value, kind := string(p.Content), decode.MediaType(p.Header.Get("Content-Type"))
	if p.FileName() != "" || kind != "" && !strings.HasPrefix(kind, "text/") {
		if ref := v.props[name]; ref != nil {
			if x, ok := jsonOf(p); ok && putData(top, name, viewOf(ref), x, repeated) {
				return
			}
		}
		value = "file"
	}
	top.put(keys, value)
}

// putData adds a part of JSON as data, unless the schema admits text. If the schema is a list and
// the part is one of its elements, as each of several is, the schema of the elements decides.
func putData(top *formNode, name string, v *view, x any, repeated bool) bool {
	isList := v.types[openapi3.TypeArray]
	if v.may(openapi3.TypeString) && !(isList && repeated) || isList && viewOf(v.items).may(openapi3.TypeString) {
		return false
	}
	c := top.child(name, false)
	if _, is := x.([]any); isList && !is {
		c = c.child("", false)
	}
	c.data, c.isData = x, true
	return true
}
