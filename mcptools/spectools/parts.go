package spectools

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/openapi"
)

// isList says that the body is parts in an order, not fields by name: multipart/mixed, related and so on, unless the
// document describes an object.
func (m *media) isList() bool {
	t := baseType(m.typ)
	return m.kind == bodyMultipart && t != "multipart/form-data" && t != "multipart/*" && !isObjectSchema(m.doc.Schema)
}

// partsSchema is a list of parts, each with its type, its other headers and what it holds.
func (m *media) partsSchema(t *translator) any {
	holds := []any{textSchema(), encodedSchema()}
	if isArraySchema(m.doc.Schema) && items(m.doc.Schema) != nil {
		holds = append([]any{t.ref(items(m.doc.Schema))}, holds...)
	} else {
		holds = append(holds, map[string]any{"type": []any{"object", "array", "number", "boolean", "null"}})
	}
	kind := map[string]any{"type": "string", "description": "Content type of the part."}
	if types := m.partTypes(); len(types) > 0 {
		kind["description"] = "Content type of the part. In order: " + sanitize.Description(strings.Join(types, "; "), 300)
	}
	return map[string]any{"type": "array", "items": map[string]any{
		"type": "object", "required": []any{"body"}, "additionalProperties": false,
		"properties": map[string]any{
			"contentType": kind,
			"headers":     map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "string"}, "description": "Other headers of the part, such as Content-ID."},
			"body":        map[string]any{"anyOf": holds, "description": "Data where the content type is JSON, else a text; other bytes as {base64}."},
		},
	}}
}

// partTypes are the content types of the parts by place, where the document tells them.
func (m *media) partTypes() (out []string) {
	list, _ := m.doc.Extensions[openapi.ExtParts].([]any)
	for _, v := range list {
		t, _ := v.(string)
		out = append(out, t)
	}
	return out
}

// typeAt is the content type of a part that names none: the one the document has for its place.
func (m *media) typeAt(i int) string {
	types := m.partTypes()
	if len(types) == 0 {
		return ""
	}
	first, _, _ := strings.Cut(types[min(i, len(types)-1)], ",")
	return strings.TrimSpace(first)
}

// encodeParts writes parts in the order given. The boundary is a hash of them, as in forms.
func (m *media) encodeParts(typ string, v any) ([]byte, string, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, "", errors.New("must be a list of parts: {contentType, headers, body}")
	}
	type encodedPart struct {
		header textproto.MIMEHeader
		data   []byte
	}
	h := sha256.New()
	parts := make([]encodedPart, len(list))
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
		parts[i] = encodedPart{header, data}
		fmt.Fprintf(h, "%q %d ", header, len(data)) // maps print in order of their keys
		h.Write(data)
	}
	base, params, err := mime.ParseMediaType(typ)
	if err != nil {
		return nil, "", errors.New("has a media type that is none")
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.SetBoundary(hex.EncodeToString(h.Sum(nil))); err != nil {
		return nil, "", err
	}
	for _, p := range parts {
		pw, err := w.CreatePart(p.header)
		if err == nil {
			_, err = pw.Write(p.data)
		}
		if err != nil {
			return nil, "", fmt.Errorf("write the parts: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, "", fmt.Errorf("write the parts: %w", err)
	}
	if params == nil {
		params = make(map[string]string)
	}
	params["boundary"] = w.Boundary()
	return b.Bytes(), mime.FormatMediaType(base, params), nil
}

// partHeader are the headers of a part. Names and values that would break the message are refused.
func (m *media) partHeader(i int, o *orderedjson.Object) (textproto.MIMEHeader, error) {
	header := make(textproto.MIMEHeader)
	if more, ok := o.Value("headers").(*orderedjson.Object); ok {
		for _, name := range more.Names() {
			value, _ := more.Value(name).(string)
			if strings.ContainsAny(value, "\r\n") || !plainHeaderName(name) {
				return nil, fmt.Errorf("has a header %s that cannot be sent", sanitize.Description(name, 60))
			}
			header.Set(name, value)
		}
	}
	kind, given := o.Value("contentType").(string)
	if !given && header.Get("Content-Type") == "" {
		kind = m.typeAt(i)
	}
	if kind != "" {
		if egress.CheckHeader("Content-Type", kind) != nil {
			return nil, errors.New("has a content type that cannot be sent")
		}
		header.Set("Content-Type", kind)
	}
	return header, nil
}

// plainHeaderName says whether a name is a token (RFC 9110, section 5.6.2).
func plainHeaderName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	})
}

// partBody is what a part holds, in its type.
func partBody(kind string, v any) ([]byte, error) {
	if data := encoded(v); data != nil {
		return data, nil
	}
	if kindOf(kind) == bodyJSON {
		return orderedjson.Encode(v), nil
	}
	switch v := v.(type) {
	case string:
		return []byte(v), nil
	case *orderedjson.Object, []any:
		if kind == "" {
			return orderedjson.Encode(v), nil
		}
	}
	return nil, errors.New("must be a text or {base64}, as its type is not JSON")
}

// partsArgument reads parts as the argument that they are written from.
func partsArgument(sent string, data []byte) (any, error) {
	_, params, err := mime.ParseMediaType(sent)
	if err != nil || params["boundary"] == "" {
		return nil, ErrMalformed
	}
	list := []any{}
	for mr := multipart.NewReader(bytes.NewReader(data), params["boundary"]); ; {
		p, err := mr.NextRawPart()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return nil, ErrMalformed
		}
		content, err := io.ReadAll(p)
		if err != nil {
			return nil, ErrMalformed
		}
		o, headers := orderedjson.New(), orderedjson.New()
		names := make([]string, 0, len(p.Header))
		for name := range p.Header {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if name == "Content-Type" {
				o.Set("contentType", p.Header.Get(name))
			} else {
				headers.Set(name, p.Header.Get(name))
			}
		}
		if len(headers.Names()) > 0 {
			o.Set("headers", headers)
		}
		o.Set("body", partArgument(p.Header.Get("Content-Type"), content))
		list = append(list, o)
	}
}

func partArgument(kind string, content []byte) any {
	if kind != "" && kindOf(kind) == bodyJSON {
		if v, err := orderedjson.Decode(content); err == nil && encoded(v) == nil {
			return v
		}
	} else if utf8.Valid(content) {
		return string(content)
	}
	o := orderedjson.New()
	o.Set("base64", base64.StdEncoding.EncodeToString(content))
	return o
}
