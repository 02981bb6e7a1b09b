package spectools

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

var errUnreadable = errors.New("cannot be read")

// fromPath reads the value of a path parameter, in the style that it was sent in.
func (p *param) fromPath(raw string) (any, error) {
	sep := ","
	switch {
	case p.content != "":
		t, err := url.PathUnescape(raw)
		if err != nil {
			return nil, errUnreadable
		}
		return orderedjson.Decode([]byte(t))
	case p.style == "label":
		raw = strings.TrimPrefix(raw, ".")
		if p.explode {
			sep = "."
		}
	case p.style == "matrix" && p.explode && isComposite(p.schema):
		raw, sep = strings.TrimPrefix(raw, ";"), ";"
		if isArraySchema(p.schema) { // ;name=a;name=b
			parts := strings.Split(raw, sep)
			for i := range parts {
				_, parts[i], _ = strings.Cut(parts[i], "=")
			}
			raw = strings.Join(parts, sep)
		}
	case p.style == "matrix":
		_, raw, _ = strings.Cut(raw, "=")
	}
	if p.multi || !isComposite(p.schema) {
		v, err := url.PathUnescape(raw)
		if err != nil {
			return nil, errors.New("is escaped badly")
		}
		return typed(v, p.schema), nil
	}
	return split(raw, sep, p.explode, p.schema, url.PathUnescape)
}

// split reads a value that holds several, each undone by itself.
func split(raw, sep string, explode bool, schema *openapi3.SchemaRef, undo func(string) (string, error)) (any, error) {
	var parts []string
	if raw != "" {
		parts = strings.Split(raw, sep)
	}
	if isArraySchema(schema) || !isObjectSchema(schema) {
		list := []any{}
		for _, x := range parts {
			t, err := undo(x)
			if err != nil {
				return nil, errors.New("is escaped badly")
			}
			list = append(list, typed(t, items(schema)))
		}
		return list, nil
	}
	o := orderedjson.New()
	for i := 0; i < len(parts); i++ {
		name, value, ok := strings.Cut(parts[i], "=")
		if !explode {
			if i+1 == len(parts) {
				return nil, errors.New("has a name without a value")
			}
			name, value, ok = parts[i], parts[i+1], true
			i++
		}
		n, err1 := undo(name)
		v, err2 := undo(value)
		if !ok || err1 != nil || err2 != nil {
			return nil, errors.New("cannot be read")
		}
		o.Set(n, typed(v, formField(schema, n)))
	}
	return o, nil
}

// fromHeaders reads the parameters in headers. Lines of one name are one list (RFC 9110 section 5.3).
func (op *operation) fromHeaders(h flow.Header, out *orderedjson.Object) error {
	for _, p := range op.params {
		if p.in != "header" || !h.Has(p.name) {
			continue
		}
		v, err := p.fromHeader(strings.Join(h.Values(p.name), ", "))
		if err != nil {
			return fmt.Errorf("header %s: %w", p.name, err)
		}
		out.Set(p.arg, v)
	}
	return nil
}

func (p *param) fromHeader(v string) (any, error) {
	if p.content != "" {
		return orderedjson.Decode([]byte(v))
	}
	if !isComposite(p.schema) {
		return typed(v, p.schema), nil
	}
	return split(v, ",", p.explode, p.schema, func(s string) (string, error) { return strings.TrimSpace(s), nil })
}

// fromCookies reads the parameters in cookies.
func (op *operation) fromCookies(h flow.Header, out *orderedjson.Object) error {
	groups := make(map[*param][]rawPair)
	var order []*param
	for _, line := range h.Values("Cookie") {
		for one := range strings.SplitSeq(line, ";") {
			name, raw, _ := strings.Cut(strings.TrimSpace(one), "=")
			p := op.cookieParam(name)
			if p == nil {
				continue
			}
			if groups[p] == nil {
				order = append(order, p)
			}
			groups[p] = append(groups[p], rawPair{name, raw})
		}
	}
	for _, p := range order {
		v, err := p.fromCookie(groups[p])
		if err != nil {
			return fmt.Errorf("cookie %s: %w", p.name, err)
		}
		out.Set(p.arg, v)
	}
	return nil
}

// cookieParam is the parameter that a cookie belongs to: one of its name, or an exploded object with such a member.
func (op *operation) cookieParam(name string) *param {
	i := slices.IndexFunc(op.params, func(p *param) bool { return p.in == "cookie" && p.name == name })
	if i < 0 {
		i = slices.IndexFunc(op.params, func(p *param) bool {
			return p.in == "cookie" && p.explode && p.content == "" && isObjectSchema(p.schema) && formField(p.schema, name) != nil
		})
	}
	if i < 0 {
		return nil
	}
	return op.params[i]
}

func (p *param) fromCookie(pairs []rawPair) (any, error) {
	undo := func(s string) (string, error) {
		if t, err := url.PathUnescape(s); err == nil {
			return t, nil
		}
		return s, nil // most cookies are not escaped at all
	}
	last := pairs[len(pairs)-1].raw
	switch {
	case p.content != "":
		t, _ := undo(last)
		return orderedjson.Decode([]byte(t))
	case !isComposite(p.schema):
		t, _ := undo(last)
		return typed(t, p.schema), nil
	case !p.explode:
		return split(last, ",", false, p.schema, undo)
	case isArraySchema(p.schema):
		list := []any{}
		for _, x := range pairs {
			t, _ := undo(x.raw)
			list = append(list, typed(t, items(p.schema)))
		}
		return list, nil
	}
	o := orderedjson.New()
	for _, x := range pairs {
		t, _ := undo(x.raw)
		o.Set(x.name, typed(t, formField(p.schema, x.name)))
	}
	return o, nil
}
