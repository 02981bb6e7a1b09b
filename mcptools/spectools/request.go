package spectools

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// build makes the request that args ask for, without credentials. It sends nothing. args were checked against
// the tool's schema; what the schema cannot say is found here.
func (s *Set) build(op *operation, args *orderedjson.Object) (egress.Call, *jsonschema.Problem) {
	call := egress.Call{Method: op.method}
	values := make(map[string]string)
	var query []pair
	fail := func(arg string, err error) (egress.Call, *jsonschema.Problem) {
		return egress.Call{}, &jsonschema.Problem{Field: arg, Reason: err.Error()}
	}
	byArg := make(map[string]*param, len(op.params))
	for _, p := range op.params {
		byArg[p.arg] = p
	}
	for _, arg := range args.Names() {
		p := byArg[arg]
		if p == nil {
			continue
		}
		v := args.Value(arg)
		switch p.in {
		case "path":
			x, err := s.esc.pathValue(p, v)
			if err != nil {
				return fail(arg, err)
			}
			values[p.name] = x
		case "query":
			ps, err := s.queryPairs(p, v)
			if err != nil {
				return fail(arg, err)
			}
			query = append(query, ps...)
		case "header":
			x, err := s.headerValue(p, v)
			if err != nil {
				return fail(arg, err)
			}
			call.Header = append(call.Header, egress.Pair{Name: p.name, Value: x})
		case "cookie":
			ps, err := s.cookiePairs(p, v)
			if err != nil {
				return fail(arg, err)
			}
			call.Cookies = append(call.Cookies, ps...)
		}
	}
	for _, p := range op.params {
		if p.in == "path" && values[p.name] == "" {
			return fail(p.arg, errEmpty)
		}
	}
	template, _, _ := strings.Cut(op.path, "#") // a fragment tells operations apart and is never sent
	path := s.esc.fillPath(template, values)
	u, err := url.Parse(op.base + path)
	if err != nil {
		return fail("", fmt.Errorf("do not make a URL"))
	}
	u.RawQuery = join(query)
	call.URL = u
	return s.addBody(op, args, call)
}

func (s *Set) queryPairs(p *param, v any) ([]pair, error) {
	esc := s.esc.query
	if p.allowReserved {
		esc = s.esc.queryReserved
	}
	if p.content != "" {
		return []pair{{s.esc.query(p.name), esc(string(orderedjson.Encode(v)))}}, nil
	}
	if v == nil {
		return nil, nil // as in RFC 6570, what is undefined is left out
	}
	return formStyle(p.name, v, p.style, p.explode, s.esc.query, esc)
}

func (s *Set) headerValue(p *param, v any) (string, error) {
	if v == nil {
		return "", errNull
	}
	var x string
	if p.content != "" {
		x = string(orderedjson.Encode(v))
	} else {
		var err error
		if x, err = simple(p.name, v, "simple", p.explode, s.esc.header); err != nil {
			return "", err
		}
	}
	if strings.TrimSpace(x) != x {
		return "", fmt.Errorf("must not begin or end with a space: headers do not keep it")
	}
	if err := egress.CheckHeader(p.name, x); err != nil {
		return "", fmt.Errorf("has a character that no header may have")
	}
	return x, nil
}

func (s *Set) cookiePairs(p *param, v any) ([]egress.Pair, error) {
	if v == nil {
		return nil, nil
	}
	var ps []pair
	if p.content != "" {
		ps = []pair{{p.name, s.esc.cookie(string(orderedjson.Encode(v)))}}
	} else {
		var err error
		same := func(s string) string { return s }
		if ps, err = formStyle(p.name, v, p.style, p.explode, same, s.esc.cookie); err != nil {
			return nil, err
		}
	}
	var out []egress.Pair
	for _, x := range ps {
		if egress.CheckHeader(x.name, "") != nil {
			return nil, fmt.Errorf("makes a cookie whose name is none")
		}
		out = append(out, egress.Pair{Name: x.name, Value: x.value})
	}
	return out, nil
}

// addBody writes the body and its type.
func (s *Set) addBody(op *operation, args *orderedjson.Object, call egress.Call) (egress.Call, *jsonschema.Problem) {
	v, ok := args.Get(argBody)
	if !ok || len(op.bodies) == 0 {
		return call, nil
	}
	m, typ, problem := chooseMedia(op.bodies, args)
	if problem != nil {
		return egress.Call{}, problem
	}
	data, typ, err := s.encodeBody(m, typ, v)
	if err != nil {
		return egress.Call{}, &jsonschema.Problem{Field: argBody, Reason: err.Error()}
	}
	call.Body = data
	call.Header = append(call.Header, egress.Pair{Name: "Content-Type", Value: typ})
	if err := code(&call); err != nil {
		return egress.Call{}, &jsonschema.Problem{Field: contentCoding, Reason: err.Error()}
	}
	return call, nil
}

// chooseMedia is the media type that requestContentType names, or the first one that the body could be.
func chooseMedia(bodies []*media, args *orderedjson.Object) (*media, string, *jsonschema.Problem) {
	want, ok := args.Get(argContentType)
	if !ok {
		m := bodies[0]
		return m, concrete(m.typ), nil
	}
	typ, _ := want.(string)
	if i := slices.IndexFunc(bodies, func(m *media) bool { return m.typ == typ }); i >= 0 {
		return bodies[i], concrete(typ), nil
	}
	base := baseType(typ)
	main, _, _ := strings.Cut(base, "/")
	for _, m := range bodies {
		if b := baseType(m.typ); b == base || b == main+"/*" || b == "*/*" {
			if egress.CheckHeader("Content-Type", typ) != nil {
				break
			}
			return m, typ, nil
		}
	}
	return nil, "", &jsonschema.Problem{Field: argContentType, Reason: "is not a media type of this body"}
}

// concrete is a type to send where the document has a pattern.
func concrete(typ string) string {
	switch t := baseType(typ); {
	case t == "text/*":
		return "text/plain"
	case t == "multipart/*":
		return "multipart/form-data"
	case strings.Contains(t, "*"):
		return "application/octet-stream"
	}
	return typ
}
