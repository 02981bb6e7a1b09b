package serialize

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
)

// readCookies reads the cookie parameters.
func (o *Operation) readCookies(h flow.Header, out *orderedjson.Object) error {
	var groups pairGroups
	for _, line := range h.Values("Cookie") {
		for one := range strings.SplitSeq(line, ";") {
			name, raw, _ := strings.Cut(strings.TrimSpace(one), "=")
			if p := o.cookieParameter(name); p != nil {
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

// cookieParameter returns the parameter that a cookie belongs to: the one of that name, else an
// exploded object with such a member.
func (o *Operation) cookieParameter(name string) *Parameter {
	i := slices.IndexFunc(o.Parameters, func(p *Parameter) bool { return p.In == "cookie" && p.Name == name })
	if i < 0 {
		i = slices.IndexFunc(o.Parameters, func(p *Parameter) bool {
			return p.In == "cookie" && p.Explode && p.ContentType == "" && openapi.IsObject(p.Schema) &&
				openapi.SchemaProperty(p.Schema, name) != nil
		})
	}
	if i < 0 {
		return nil
	}
	return o.Parameters[i]
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
		list := []any{}
		for _, x := range pairs {
			list = append(list, parseScalar(unescapeCookie(x.raw), openapi.SchemaItems(p.Schema)))
		}
		return list, nil
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
