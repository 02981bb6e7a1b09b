package serialize

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
)

// rawPair is an unescaped name with its value as it was sent.
type rawPair struct {
	name, raw string
	nameOnly  bool // there is no "="
}

func parsePairs(query string) ([]rawPair, error) {
	var out []rawPair
	for one := range strings.SplitSeq(query, "&") {
		if one == "" {
			continue
		}
		name, raw, hasValue := strings.Cut(one, "=")
		n, err := url.QueryUnescape(name)
		if err != nil {
			return nil, errors.New("a name in the query has invalid escapes")
		}
		out = append(out, rawPair{n, raw, !hasValue})
	}
	return out, nil
}

// pairGroups collects pairs by parameter, in the order in which the parameters first occur.
type pairGroups struct {
	order []*Parameter
	pairs map[*Parameter][]rawPair
}

func (g *pairGroups) add(p *Parameter, x rawPair) {
	if g.pairs == nil {
		g.pairs = make(map[*Parameter][]rawPair)
	}
	if g.pairs[p] == nil {
		g.order = append(g.order, p)
	}
	g.pairs[p] = append(g.pairs[p], x)
}

// readPath reads a path parameter in its style.
func (p *Parameter) readPath(raw string) (any, error) {
	sep := ","
	switch {
	case p.ContentType != "":
		s, err := url.PathUnescape(raw)
		if err != nil {
			return nil, errUnreadable
		}
		return orderedjson.Decode([]byte(s))
	case p.Style == "label":
		raw = strings.TrimPrefix(raw, ".")
		if p.Explode {
			sep = "."
		}
	case p.Style == "matrix" && p.Explode && openapi.IsComposite(p.Schema):
		raw, sep = strings.TrimPrefix(raw, ";"), ";"
		if openapi.IsArray(p.Schema) { // ;name=a;name=b
			items := strings.Split(raw, sep)
			for i := range items {
				_, items[i], _ = strings.Cut(items[i], "=")
			}
			raw = strings.Join(items, sep)
		}
	case p.Style == "matrix":
		_, raw, _ = strings.Cut(raw, "=")
	}
	if p.MultiSegment || !openapi.IsComposite(p.Schema) {
		v, err := url.PathUnescape(raw)
		if err != nil {
			return nil, errEscapes
		}
		return parseScalar(v, p.Schema), nil
	}
	return splitComposite(raw, sep, p.Explode, p.Schema, url.PathUnescape)
}

// Items reads the text of a list as its items. Where each item is a parameter of its own, a text
// with commas may be one item or several: it stays a text, which the schema does not allow.
func (p *Parameter) Items(text string) any {
	items := []string{text}
	switch isJoined := !p.Explode || p.In == openapi3.ParameterInPath || p.In == openapi3.ParameterInHeader; {
	case isJoined:
		items = strings.Split(text, Separator(p.Style))
	case strings.Contains(text, ","):
		return text
	}
	return parseScalars(nil, items, p.Schema)
}

// splitComposite reads an array or object from one value with separators. It unescapes each item
// separately.
func splitComposite(
	raw, sep string, explode bool, schema *openapi3.SchemaRef, unescape func(string) (string, error),
) (any, error) {
	var items []string
	if raw != "" {
		items = strings.Split(raw, sep)
	}
	if openapi.IsArray(schema) || !openapi.IsObject(schema) {
		return readItems(items, schema, unescape)
	}
	o := orderedjson.New()
	for i := 0; i < len(items); i++ {
		name, value, ok := strings.Cut(items[i], "=")
		if !explode {
			if i+1 == len(items) {
				return nil, errors.New("has a name without a value")
			}
			name, value, ok = items[i], items[i+1], true
			i++
		}
		n, err1 := unescape(name)
		v, err2 := unescape(value)
		if !ok || err1 != nil || err2 != nil {
			return nil, errUnreadable
		}
		o.Set(n, parseScalar(v, openapi.SchemaProperty(schema, n)))
	}
	return o, nil
}

// readItems reads the items of an array, each with its escapes.
func readItems(raw []string, schema *openapi3.SchemaRef, unescape func(string) (string, error)) (any, error) {
	list := []any{}
	for _, x := range raw {
		s, err := unescape(x)
		if err != nil {
			return nil, errEscapes
		}
		list = append(list, parseScalar(s, openapi.SchemaItems(schema)))
	}
	return list, nil
}

func rawValues(pairs []rawPair) (raw []string) {
	for _, x := range pairs {
		raw = append(raw, x.raw)
	}
	return raw
}

// QueryArguments returns the arguments that send a query again, which is not decoded. It fails if
// the query has a parameter that is not in the document; credentials are left out.
func (o *Operation) QueryArguments(query string) (*orderedjson.Object, error) {
	out := orderedjson.New()
	return out, o.readQuery(query, out)
}

// readQuery reads the query in its order. A name with brackets belongs to the deepObject parameter
// whose name precedes the first bracket.
func (o *Operation) readQuery(query string, out *orderedjson.Object) error {
	for _, p := range o.Parameters {
		if p.In == openapi.InQueryString && query != "" {
			return p.readQueryString(query, out)
		}
	}
	pairs, err := parsePairs(query)
	if err != nil {
		return err
	}
	var groups pairGroups
	for _, x := range pairs {
		p := o.parameter(openapi3.ParameterInQuery, x.name)
		if p == nil {
			if slices.Contains(o.CredentialQueries, x.name) {
				continue
			}
			return fmt.Errorf("query parameter %s is not in the document", x.name)
		}
		groups.add(p, x)
	}
	for _, p := range groups.order {
		v, err := p.readQuery(groups.pairs[p])
		if err != nil {
			return fmt.Errorf("query parameter %s: %w", p.Name, err)
		}
		out.Set(p.Argument, v)
	}
	return nil
}

// readQueryString reads a query that is one value.
func (p *Parameter) readQueryString(query string, out *orderedjson.Object) error {
	text, err := url.QueryUnescape(query)
	if err != nil {
		return errUnreadable
	}
	var v any = text
	if KindOf(p.ContentType) == JSON {
		if v, err = orderedjson.Decode([]byte(text)); err != nil {
			return errUnreadable
		}
	}
	out.Set(p.Argument, v)
	return nil
}

// parameter returns the parameter that a name in a query or of a cookie belongs to: the one of that
// name, else an object whose members are separate pairs. It returns nil if there is no such
// parameter.
func (o *Operation) parameter(in, name string) *Parameter {
	var composite *Parameter
	for _, p := range o.Parameters {
		switch {
		case p.In != in:
		case p.Name == name:
			return p
		case p.ContentType != "":
		case p.Style == "deepObject" && strings.HasPrefix(name, p.Name+"["),
			p.Style == "form" && p.Explode && openapi.IsObject(p.Schema) && openapi.SchemaProperty(p.Schema, name) != nil:
			composite = p
		}
	}
	return composite
}

func (p *Parameter) readQuery(pairs []rawPair) (any, error) {
	switch {
	case p.AllowEmptyValue && len(pairs) == 1 && pairs[0].nameOnly && pairs[0].name == p.Name:
		return p.NameOnly(), nil
	case p.ContentType != "":
		s, err := url.QueryUnescape(pairs[0].raw)
		if err != nil || len(pairs) > 1 {
			return nil, errUnreadable
		}
		return orderedjson.Decode([]byte(s))
	case p.Style == "deepObject" || p.Explode && openapi.IsObject(p.Schema):
		return p.readDeepObject(pairs)
	case len(pairs) > 1 && !(openapi.IsArray(p.Schema) && p.Explode):
		return nil, errRepeated
	case !openapi.IsComposite(p.Schema):
		s, err := url.QueryUnescape(pairs[0].raw)
		if err != nil {
			return nil, errEscapes
		}
		return parseScalar(s, p.Schema), nil
	case p.Explode:
		return readItems(rawValues(pairs), p.Schema, url.QueryUnescape)
	}
	raw, sep := unescapeSeparator(p.Style, pairs[0].raw)
	return splitComposite(raw, sep, false, p.Schema, url.QueryUnescape)
}

// readDeepObject reads the pairs of one deepObject or exploded object parameter.
func (p *Parameter) readDeepObject(pairs []rawPair) (any, error) {
	top := newBracketTree()
	for _, x := range pairs {
		s, err := url.QueryUnescape(x.raw)
		if err != nil {
			return nil, errEscapes
		}
		if p.Style == "deepObject" {
			// The "x" replaces the parameter's name, which may have brackets itself.
			keys := openapi.BracketKeys("x" + strings.TrimPrefix(x.name, p.Name))
			top.insert(append([]string{p.Name}, keys[1:]...), s)
		} else {
			top.insert([]string{p.Name, x.name}, s)
		}
	}
	child := top.children[p.Name]
	if child == nil {
		return nil, errUnreadable
	}
	return child.value(p.Schema), nil
}

// readHeaders reads the header parameters. Lines of one name form one list (RFC 9110 section 5.3).
func (o *Operation) readHeaders(h flow.Header, out *orderedjson.Object) error {
	for _, p := range o.Parameters {
		if p.In != "header" || !h.Has(p.Name) {
			continue
		}
		v, err := p.readHeader(strings.Join(h.Values(p.Name), ", "))
		if err != nil {
			return fmt.Errorf("header %s: %w", p.Name, err)
		}
		out.Set(p.Argument, v)
	}
	return nil
}

func (p *Parameter) readHeader(v string) (any, error) {
	if p.ContentType != "" {
		return orderedjson.Decode([]byte(v))
	}
	if !openapi.IsComposite(p.Schema) {
		return parseScalar(v, p.Schema), nil
	}
	trim := func(s string) (string, error) { return strings.TrimSpace(s), nil }
	return splitComposite(v, ",", p.Explode, p.Schema, trim)
}

// readCookies reads the cookie parameters.
func (o *Operation) readCookies(h flow.Header, out *orderedjson.Object) error {
	var groups pairGroups
	for _, line := range h.Values("Cookie") {
		for one := range strings.SplitSeq(line, ";") {
			name, raw, _ := strings.Cut(strings.TrimSpace(one), "=")
			if p := o.parameter(openapi3.ParameterInCookie, name); p != nil {
				groups.add(p, rawPair{name: name, raw: raw})
			}
		}
	}
	for _, p := range groups.order {
		v, err := p.readCookie(groups.pairs[p])
		if err != nil {
			return fmt.Errorf("cookie %s: %w", p.Name, err)
		}
		out.Set(p.Argument, v)
	}
	return nil
}

func (p *Parameter) readCookie(pairs []rawPair) (any, error) {
	last := pairs[len(pairs)-1].raw
	unescape := func(s string) (string, error) { return unescapeCookie(s), nil }
	switch {
	case p.ContentType != "":
		return orderedjson.Decode([]byte(unescapeCookie(last)))
	case !openapi.IsComposite(p.Schema):
		return parseScalar(unescapeCookie(last), p.Schema), nil
	case !p.Explode:
		return splitComposite(last, ",", false, p.Schema, unescape)
	case openapi.IsArray(p.Schema):
		return readItems(rawValues(pairs), p.Schema, unescape)
	}
	o := orderedjson.New()
	for _, x := range pairs {
		o.Set(x.name, parseScalar(unescapeCookie(x.raw), openapi.SchemaProperty(p.Schema, x.name)))
	}
	return o, nil
}

// unescapeCookie undoes percent-encoding. Most cookies have none, so a value with invalid escapes
// is returned as it is.
func unescapeCookie(s string) string {
	if t, err := url.PathUnescape(s); err == nil {
		return t
	}
	return s
}
