package serialize

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/textproto"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// defaultPartType returns the content type that the document gives to the part at an index; the
// last one applies to all that follow.
func (m *Media) defaultPartType(i int) string {
	types := m.PartTypes()
	if len(types) == 0 {
		return ""
	}
	first, _, _ := strings.Cut(types[min(i, len(types)-1)], ",")
	return strings.TrimSpace(first)
}

// writePartList writes a list of parts in their order.
func (m *Media) writePartList(typ string, v any) ([]byte, string, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, "", errors.New("must be a list of parts: {contentType, headers, body}")
	}
	parts := make([]part, len(list))
	for i, one := range list {
		o, ok := one.(*orderedjson.Object)
		if !ok {
			return nil, "", fmt.Errorf("has part %d, which must be an object: {contentType, headers, body}", i)
		}
		header, err := m.partHeader(i, o)
		if err != nil {
			return nil, "", fmt.Errorf("has part %d, which %w", i, err)
		}
		data, err := partBody(header.Get("Content-Type"), o.Value("body"))
		if err != nil {
			return nil, "", fmt.Errorf("has part %d, which %w", i, err)
		}
		parts[i] = part{header, data}
	}
	return writeParts(typ, parts)
}

// partHeader returns the headers of a part. It refuses names and values that would break the
// message.
func (m *Media) partHeader(i int, o *orderedjson.Object) (textproto.MIMEHeader, error) {
	header := make(textproto.MIMEHeader)
	if more, ok := o.Value("headers").(*orderedjson.Object); ok {
		for _, name := range more.Names() {
			value, _ := more.Value(name).(string)
			if strings.ContainsAny(value, "\r\n") || !httpguts.ValidHeaderFieldName(name) {
				return nil, fmt.Errorf("has a header %s that cannot be sent", sanitize.Description(name, 60))
			}
			header.Set(name, value)
		}
	}
	typ, given := o.Value("contentType").(string)
	if !given && header.Get("Content-Type") == "" {
		typ = m.defaultPartType(i)
	}
	if typ != "" {
		if egress.CheckHeader("Content-Type", typ) != nil {
			return nil, errors.New("has a content type that cannot be sent")
		}
		header.Set("Content-Type", typ)
	}
	return header, nil
}

// partBody writes the body of a part in its content type.
func partBody(typ string, v any) ([]byte, error) {
	if data := bytesOf(v); data != nil {
		return data, nil
	}
	if KindOf(typ) == JSON {
		return orderedjson.Encode(v), nil
	}
	switch v := v.(type) {
	case string:
		return []byte(v), nil
	case *orderedjson.Object, []any:
		if typ == "" {
			return orderedjson.Encode(v), nil
		}
	}
	return nil, errors.New("must be a text or {base64}, as its type is not JSON")
}

// readPartList reads a list of parts as the argument that writePartList takes.
func readPartList(sent string, data []byte) (any, error) {
	parts, err := readParts(sent, data)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, p := range parts {
		o, headers := orderedjson.New(), orderedjson.New()
		for _, name := range slices.Sorted(maps.Keys(p.Header)) {
			if name == "Content-Type" {
				o.Set("contentType", p.Header.Get(name))
			} else {
				headers.Set(name, p.Header.Get(name))
			}
		}
		if headers.Len() > 0 {
			o.Set("headers", headers)
		}
		o.Set("body", readPartBody(p.Header.Get("Content-Type"), p.Content))
		list = append(list, o)
	}
	return list, nil
}

// readParts returns the parts of a body of a media type.
func readParts(sent string, data []byte) ([]decode.Part, error) {
	boundary := decode.Param(sent, "boundary")
	parts, err := decode.Parts(boundary, data)
	if err != nil || boundary == "" {
		return nil, ErrMalformed
	}
	return parts, nil
}

func readPartBody(typ string, content []byte) any {
	if typ != "" && KindOf(typ) == JSON {
		if v, err := orderedjson.Decode(content); err == nil && bytesOf(v) == nil {
			return v
		}
	} else if utf8.Valid(content) {
		return string(content)
	}
	return base64Object(content)
}

// base64Object returns {"base64": …}.
func base64Object(data []byte) *orderedjson.Object {
	o := orderedjson.New()
	o.Set("base64", base64.StdEncoding.EncodeToString(data))
	return o
}
