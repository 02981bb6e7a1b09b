package serialize

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/params"
)

// reader reads what the writers of this package write.
var reader = params.Reader{
	Scalar: func(r *openapi3.SchemaRef, text string) any { return parseScalar(text, r) },
	Object: func(names []string, values []any) any {
		o := orderedjson.New()
		for i, name := range names {
			o.Set(name, values[i])
		}
		return o
	},
	JSON: orderedjson.Decode,
	Admits: func(r *openapi3.SchemaRef, v any) bool {
		_, isList := v.([]any)
		return isList || slices.Contains(openapi.SchemaTypes(r), openapi3.TypeString)
	},
}

// read reads what was sent of a parameter: at least one pair.
func (p *Parameter) read(sent ...decode.Pair) (any, error) {
	if p.In == openapi.InQueryString { // the complete query
		text, err := url.QueryUnescape(sent[0].Raw)
		if err != nil || KindOf(p.ContentType) != JSON {
			return text, err
		}
		return orderedjson.Decode([]byte(text))
	}
	if p.AllowEmptyValue && len(sent) == 1 && !sent[0].HasValue && sent[0].Name == p.Name {
		return p.NameOnly(), nil
	}
	if p.ContentType == "" {
		return reader.Value(params.Parameter{Name: p.Name, In: p.In, Style: p.Style, Explode: p.Explode, Schema: p.Schema}, sent)
	}
	text, err := sent[len(sent)-1].Raw, error(nil)
	switch p.In {
	case openapi3.ParameterInPath:
		text, err = url.PathUnescape(text)
	case openapi3.ParameterInQuery:
		text, err = url.QueryUnescape(text)
	case openapi3.ParameterInCookie: // most have no escapes
		if plain, err := url.PathUnescape(text); err == nil {
			text = plain
		}
	}
	if err != nil || p.In == openapi3.ParameterInQuery && len(sent) > 1 {
		return nil, params.ErrUnreadable
	}
	return orderedjson.Decode([]byte(text))
}

// parsePairs returns the pairs of a query or form, whose names must have valid escapes.
func parsePairs(query string) ([]decode.Pair, error) {
	for one := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(one, "=")
		if _, err := url.QueryUnescape(name); err != nil {
			return nil, errors.New("a name in the query has invalid escapes")
		}
	}
	return slices.Collect(decode.Pairs(query)), nil
}

// pairGroups collects pairs by parameter, in the order in which the parameters first occur.
type pairGroups struct {
	order []*Parameter
	pairs map[*Parameter][]decode.Pair
}

func (g *pairGroups) add(p *Parameter, x decode.Pair) {
	if g.pairs == nil {
		g.pairs = make(map[*Parameter][]decode.Pair)
	}
	if g.pairs[p] == nil {
		g.order = append(g.order, p)
	}
	g.pairs[p] = append(g.pairs[p], x)
}

// read adds the arguments of the parameters.
func (g *pairGroups) read(out *orderedjson.Object) error {
	for _, p := range g.order {
		v, err := p.read(g.pairs[p]...)
		if err != nil {
			return fmt.Errorf("%s parameter %s: %w", p.In, p.Name, err)
		}
		out.Set(p.Argument, v)
	}
	return nil
}

// Items reads the text of a list as its items. Where each item is a parameter of its own, a text
// with commas may be one item or several: it stays a text, which the schema does not allow.
func (p *Parameter) Items(text string) any {
	items := []string{text}
	switch isJoined := !p.Explode || p.In == openapi3.ParameterInPath || p.In == openapi3.ParameterInHeader; {
	case isJoined:
		items = strings.Split(text, params.Separator(p.Style))
	case strings.Contains(text, ","):
		return text
	}
	list := make([]any, len(items))
	for i, s := range items {
		list[i] = parseScalar(s, openapi.SchemaItems(p.Schema))
	}
	return list
}

// QueryArguments returns the arguments that send a query again, which is not decoded. It fails if
// the query has a parameter that is not in the document; credentials are left out.
func (o *Operation) QueryArguments(query string) (*orderedjson.Object, error) {
	out, groups := orderedjson.New(), pairGroups{}
	if err := o.addQuery(query, &groups); err != nil {
		return nil, err
	}
	return out, groups.read(out)
}

// addQuery adds the query in its order. A name with brackets belongs to the deepObject parameter
// whose name precedes the first bracket.
func (o *Operation) addQuery(query string, groups *pairGroups) error {
	for _, p := range o.Parameters {
		if p.In == openapi.InQueryString && query != "" {
			groups.add(p, decode.Pair{Raw: query})
			return nil
		}
	}
	pairs, err := parsePairs(query)
	if err != nil {
		return err
	}
	for _, x := range pairs {
		p := o.parameter(openapi3.ParameterInQuery, x.Name)
		if p == nil {
			if slices.Contains(o.CredentialQueries, x.Name) {
				continue
			}
			return fmt.Errorf("query parameter %s is not in the document", x.Name)
		}
		groups.add(p, x)
	}
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

// addHeaders adds the header parameters, whose lines of one name form one list (RFC 9110 section
// 5.3), and those in cookies.
func (o *Operation) addHeaders(h flow.Header, groups *pairGroups) {
	for _, p := range o.Parameters {
		if p.In == openapi3.ParameterInHeader && h.Has(p.Name) {
			groups.add(p, decode.Pair{Raw: strings.Join(h.Values(p.Name), ", ")})
		}
	}
	for _, line := range h.Values("Cookie") {
		for one := range strings.SplitSeq(line, ";") {
			name, raw, _ := strings.Cut(strings.TrimSpace(one), "=")
			if p := o.parameter(openapi3.ParameterInCookie, name); p != nil {
				groups.add(p, decode.Pair{Name: name, Raw: raw})
			}
		}
	}
}
