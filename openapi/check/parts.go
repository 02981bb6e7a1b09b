package check

import (
	"bytes"
	"io"
	"mime/multipart"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
)

// part is a part of a multipart body.
type part struct {
	*multipart.Part
	content []byte
}

// readParts returns the parts of a body. It reports false if the body is not made of parts.
func readParts(body []byte, boundary string) ([]part, bool) {
	var parts []part
	for r := multipart.NewReader(bytes.NewReader(body), boundary); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return parts, true
		}
		var content []byte
		if err == nil {
			content, err = io.ReadAll(p)
		}
		if err != nil {
			return nil, false
		}
		parts = append(parts, part{p, content})
	}
}

// mediaType returns the media type of the part, "" if it does not say one.
func (p part) mediaType() string { return decode.MediaType(p.Header.Get("Content-Type")) }

// json returns the content if it is said to be JSON, and is.
func (p part) json() (x any, ok bool) {
	if !decode.IsJSON(p.mediaType()) {
		return nil, false
	}
	x, err := openapi.ParseJSON(p.content)
	return x, err == nil && jsonschema.CheckNumbers(x) == nil
}

// data returns the data of a part without a name: its content if that is JSON, else a string.
func (p part) data() any {
	if x, ok := p.json(); ok && p.FileName() == "" {
		return x
	}
	return string(p.content)
}

// addTo adds a named part to a form, whose schema is v. A file is a string whose value is not
// checked. JSON is data unless the schema admits text. repeated says that other parts have the same
// name.
func (p part) addTo(top *formNode, v *view, repeated bool) {
	name := p.FormName()
	keys := openapi.BracketKeys(name)
	if v.props[name] != nil {
		keys = []string{name}
	}
	value := string(p.content)
	if kind := p.mediaType(); p.FileName() != "" || kind != "" && !strings.HasPrefix(kind, "text/") {
		if ref := v.props[name]; ref != nil {
			if x, ok := p.json(); ok && putData(top, name, viewOf(ref), x, repeated) {
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
