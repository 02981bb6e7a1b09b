package spectools

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// maxDerived bounds a request's body, content codings undone.
const maxDerived = 24 << 20

// ErrMalformed says that a request's body is not what its media type says.
var ErrMalformed = errors.New("is not what its media type says")

// Arguments gives the tool and the arguments that send a request again, from the document and the request alone.
// The operation is known by method and path template; path has the values of path parameters by name,
// percent-encoded as they were sent. Credentials are no arguments: they are left to [Options.Credentials].
//
// An error says what of the request the operation has no argument for. It has names, no values.
func (s *Set) Arguments(method, template string, path map[string]string, r *flow.Request) (tool string, args json.RawMessage, err error) {
	i := slices.IndexFunc(s.ops, func(op *operation) bool { return op.method == method && op.path == template })
	if i < 0 {
		return "", nil, errors.New("no tool has this method and path")
	}
	op := s.ops[i]
	out := orderedjson.New()
	for _, p := range op.params {
		if p.in != "path" {
			continue
		}
		raw, ok := path[p.name]
		if !ok {
			return "", nil, fmt.Errorf("path parameter %s has no value", p.name)
		}
		v, err := p.fromPath(raw)
		if err != nil {
			return "", nil, fmt.Errorf("path parameter %s: %w", p.name, err)
		}
		out.Set(p.arg, v)
	}
	if err := op.fromQuery(r.RawQuery, out); err != nil {
		return "", nil, err
	}
	if err := op.fromHeaders(r.Header, out); err != nil {
		return "", nil, err
	}
	if err := op.fromCookies(r.Header, out); err != nil {
		return "", nil, err
	}
	if err := op.fromBody(r, out); err != nil {
		return "", nil, err
	}
	return op.name, orderedjson.Encode(out), nil
}

// rawPair is a name, undone, with its value as it was sent.
type rawPair struct{ name, raw string }

func rawPairs(query string) ([]rawPair, error) {
	var out []rawPair
	for one := range strings.SplitSeq(query, "&") {
		if one == "" {
			continue
		}
		name, raw, _ := strings.Cut(one, "=")
		n, err := url.QueryUnescape(name)
		if err != nil {
			return nil, errors.New("a name in the query is escaped badly")
		}
		out = append(out, rawPair{n, raw})
	}
	return out, nil
}

// fromQuery reads the query, in its order. Names in brackets belong to the parameter they start with.
func (op *operation) fromQuery(query string, out *orderedjson.Object) error {
	pairs, err := rawPairs(query)
	if err != nil {
		return err
	}
	secret := op.credentialNames(egress.InQuery)
	groups := make(map[*param][]rawPair)
	var order []*param
	for _, x := range pairs {
		p := op.queryParam(x.name)
		if p == nil {
			if slices.Contains(secret, x.name) {
				continue
			}
			return fmt.Errorf("query parameter %s is not in the document", x.name)
		}
		if groups[p] == nil {
			order = append(order, p)
		}
		groups[p] = append(groups[p], x)
	}
	for _, p := range order {
		v, err := p.fromPairs(groups[p])
		if err != nil {
			return fmt.Errorf("query parameter %s: %w", p.name, err)
		}
		out.Set(p.arg, v)
	}
	return nil
}

// queryParam is the parameter that a name in a query belongs to.
func (op *operation) queryParam(name string) *param {
	var loose *param
	for _, p := range op.params {
		if p.in != "query" {
			continue
		}
		switch {
		case p.name == name:
			return p
		case p.style == "deepObject" && strings.HasPrefix(name, p.name+"["):
			loose = p
		case p.style == "form" && p.explode && isObjectSchema(p.schema) && formField(p.schema, name) != nil:
			loose = p
		}
	}
	return loose
}

func (p *param) fromPairs(pairs []rawPair) (any, error) {
	if p.content != "" {
		t, err := url.QueryUnescape(pairs[0].raw)
		if err != nil || len(pairs) > 1 {
			return nil, errors.New("cannot be read")
		}
		return orderedjson.Decode([]byte(t))
	}
	if p.style == "deepObject" || p.explode && isObjectSchema(p.schema) {
		return formTree(p, pairs)
	}
	var values []string
	for _, x := range pairs {
		values = append(values, x.raw)
	}
	if !isComposite(p.schema) || len(values) > 1 && !isArraySchema(p.schema) {
		if len(values) > 1 {
			return nil, errors.New("is there more than once")
		}
		t, err := url.QueryUnescape(values[0])
		if err != nil {
			return nil, errors.New("is escaped badly")
		}
		return typed(t, p.schema), nil
	}
	if p.explode {
		list := []any{}
		for _, raw := range values {
			t, err := url.QueryUnescape(raw)
			if err != nil {
				return nil, errors.New("is escaped badly")
			}
			list = append(list, typed(t, items(p.schema)))
		}
		return list, nil
	}
	if len(values) > 1 {
		return nil, errors.New("is there more than once")
	}
	raw, sep := delimited(p.style, values[0])
	return split(raw, sep, false, p.schema, url.QueryUnescape)
}

// formTree reads the pairs of one deepObject or exploded object parameter.
func formTree(p *param, pairs []rawPair) (any, error) {
	top := newTree()
	for _, x := range pairs {
		t, err := url.QueryUnescape(x.raw)
		if err != nil {
			return nil, errors.New("is escaped badly")
		}
		if p.style == "deepObject" {
			rest := brackets("x" + strings.TrimPrefix(x.name, p.name)) // the parameter's own name may have brackets
			top.put(append([]string{p.name}, rest[1:]...), t)
		} else {
			top.put([]string{p.name, x.name}, t)
		}
	}
	c := top.kids[p.name]
	if c == nil {
		return nil, errors.New("cannot be read")
	}
	return c.value(p.schema), nil
}

// credentialNames are the names of the operation's apiKey schemes in one place.
func (op *operation) credentialNames(in egress.Place) []string {
	var out []string
	for _, alternative := range op.security {
		for _, s := range alternative {
			if s.Type == "apiKey" && s.In == string(in) {
				out = append(out, s.Name)
			}
		}
	}
	return out
}

// fromBody reads the body in the media type it was sent in.
func (op *operation) fromBody(r *flow.Request, out *orderedjson.Object) error {
	if r.Body.Truncated {
		return errors.New("the body was cut when it was captured")
	}
	sent := r.Header.Get("Content-Type")
	undo := decode.Bytes
	if decode.IsJSON(decode.MediaType(sent)) { // which is the same data in any charset
		undo = decode.Body
	}
	data, complete, err := undo(r.Header, r.Body, maxDerived)
	if err != nil || !complete {
		return errors.New("the body's content coding cannot be undone")
	}
	if len(data) == 0 {
		return nil
	}
	if sent == "" && json.Valid(data) { // clients leave it out, and servers take it for what it is
		sent = "application/json"
	}
	m := op.mediaFor(sent)
	if m == nil {
		return fmt.Errorf("a body of type %s is not in the document", baseType(sent))
	}
	if len(op.bodies) > 1 || strings.Contains(m.typ, "*") {
		typ := m.typ
		if strings.Contains(typ, "*") {
			typ = sent
		}
		if typ == "" {
			typ = concrete(m.typ)
		}
		out.Set(argContentType, typ)
	}
	v, err := m.argument(sent, data)
	if err != nil {
		return fmt.Errorf("the body %w", err)
	}
	out.Set(argBody, v)
	return nil
}

// mediaFor finds the media type of the document that a body's type is, the closest one.
func (op *operation) mediaFor(sent string) *media {
	base := baseType(sent)
	main, _, _ := strings.Cut(base, "/")
	for _, want := range []string{strings.ToLower(sent), base, main + "/*", "*/*"} {
		for _, m := range op.bodies {
			if strings.ToLower(m.typ) == want || baseType(m.typ) == want {
				return m
			}
		}
	}
	return nil
}

// argument is the argument requestBody that body data are written from.
func (m *media) argument(sent string, data []byte) (any, error) {
	switch m.kind {
	case bodyJSON:
		if !json.Valid(data) {
			return nil, ErrMalformed
		}
		return orderedjson.Decode(data)
	case bodyForm:
		return m.formArgument(data)
	case bodyMultipart:
		if m.isList() {
			return partsArgument(sent, data)
		}
		return m.multipartArgument(sent, data)
	case bodyBinary:
		return base64.StdEncoding.EncodeToString(data), nil
	}
	if utf8.Valid(data) {
		return string(data), nil
	}
	o := orderedjson.New()
	o.Set("base64", base64.StdEncoding.EncodeToString(data))
	return o, nil
}
