package serialize

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// maxReadBody limits the body of a captured request, in bytes after its content coding is removed.
const maxReadBody = 24 << 20

// ErrMalformed reports that a body does not match its media type.
var ErrMalformed = errors.New("is not what its media type says")

// Arguments returns the arguments that send a captured request again. path has the values of the
// path parameters by name, percent-encoded as they were sent. Credentials are not among the
// arguments.
//
// An error names the part of the request for which the operation has no argument. It contains
// names, but no values.
func (o *Operation) Arguments(path map[string]string, r *flow.Request) (*orderedjson.Object, error) {
	out := orderedjson.New()
	var groups pairGroups
	for _, p := range o.Parameters {
		if p.In != openapi3.ParameterInPath {
			continue
		}
		raw, ok := path[p.Name]
		if !ok {
			return nil, fmt.Errorf("path parameter %s has no value", p.Name)
		}
		groups.add(p, decode.Pair{Raw: raw})
	}
	if err := o.addQuery(r.RawQuery, &groups); err != nil {
		return nil, err
	}
	o.addHeaders(r.Header, &groups)
	if err := groups.read(out); err != nil {
		return nil, err
	}
	if err := o.readBody(r, out); err != nil {
		return nil, err
	}
	return out, nil
}

// readBody reads the body in the media type in which it was sent.
func (o *Operation) readBody(r *flow.Request, out *orderedjson.Object) error {
	if r.Body.Truncated {
		return errors.New("the body was truncated when it was captured")
	}
	if r.Body.Omitted != "" {
		return errors.New("the body is " + flow.Omission(r.Body.Size, r.Body.Omitted))
	}
	sent := r.Header.Get("Content-Type")
	read := decode.Bytes
	if decode.IsJSON(decode.MediaType(sent)) { // JSON is the same data in any charset
		read = decode.Body
	}
	data, complete, err := read(r.Header, r.Body, maxReadBody)
	if err != nil || !complete {
		return errors.New("the body's content coding cannot be decoded")
	}
	if len(data) == 0 {
		return nil
	}
	if sent == "" && json.Valid(data) { // some clients omit the type, and servers accept that
		sent = "application/json"
	}
	m := o.mediaFor(sent)
	if m == nil {
		return fmt.Errorf("a body of type %s is not in the document", BaseType(sent))
	}
	if m.IsRange() {
		out.Set(ContentTypeArgument, cmp.Or(sent, m.Sent))
	} else if len(o.Bodies) > 1 {
		out.Set(ContentTypeArgument, m.Type)
	}
	v, err := m.read(sent, data)
	if err != nil {
		return fmt.Errorf("the body %w", err)
	}
	out.Set(BodyArgument, v)
	return nil
}

// read returns the argument from which write makes the body.
func (m *Media) read(sent string, data []byte) (any, error) {
	switch m.kindOf(sent) {
	case JSON:
		if !json.Valid(data) {
			return nil, ErrMalformed
		}
		return orderedjson.Decode(data)
	case Form:
		return m.readForm(data)
	case Multipart:
		if m.IsPartList() {
			return readPartList(sent, data)
		}
		return m.readMultipart(sent, data)
	case Binary:
		return base64.StdEncoding.EncodeToString(data), nil
	}
	text, err := decode.ToUTF8(sent, data, true)
	if back, _ := decode.FromUTF8(sent, text); err == nil && !bytes.Equal(back, data) || !utf8.Valid(text) {
		return base64Object(data), nil
	}
	return string(text), nil
}
