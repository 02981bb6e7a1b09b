package check

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi/internal/cleantext"
)

// pair is a name with its value, both decoded. assigned says that there was a "=" between them.
type pair struct {
	name, value string
	assigned    bool
}

// queryPairs splits a query or a form; what cannot be decoded stays as it was sent.
func queryPairs(raw string) []pair {
	var out []pair
	for p := range strings.SplitSeq(raw, "&") {
		if p == "" {
			continue
		}
		name, value, assigned := strings.Cut(p, "=")
		out = append(out, pair{queryUnescape(name), queryUnescape(value), assigned})
	}
	return out
}

func queryUnescape(s string) string {
	if d, err := url.QueryUnescape(s); err == nil {
		return d
	}
	return s
}

func (j *judgement) requestParams() {
	query := queryPairs(j.flow.Request.RawQuery)
	taken := make([]bool, len(query))
	for _, p := range j.params {
		switch p.In {
		case openapi3.ParameterInPath:
			if raw, ok := j.match.Params[p.Name]; ok {
				v, err := url.PathUnescape(raw)
				if err != nil {
					v = raw
				}
				j.value(p, []pair{{name: p.Name, value: v}})
			}
		case openapi3.ParameterInQuery:
			var mine []pair
			for i, q := range query {
				if belongs(p, q.name) {
					taken[i] = true
					mine = append(mine, q)
				}
			}
			j.value(p, mine)
		case openapi3.ParameterInHeader:
			switch strings.ToLower(p.Name) {
			case "accept", "content-type", "authorization": // OpenAPI ignores such parameters (3.0.3, 4.7.12.1)
				continue
			}
			var mine []pair
			if vs := j.flow.Request.Header.Values(p.Name); len(vs) > 0 {
				mine = []pair{{name: p.Name, value: strings.Join(vs, ",")}}
			}
			j.value(p, mine)
		case openapi3.ParameterInCookie:
			j.value(p, j.cookies(p.Name))
		}
	}
	told := map[string]bool{}
	for i, q := range query {
		if taken[i] || j.keys[q.name] || !cleantext.IsName(q.name) {
			continue
		}
		// The name is the client's own: it could be a secret that got into the wrong place.
		where := "query"
		if q.assigned && nameLike.MatchString(q.name) {
			where += " " + q.name
		}
		if !told[where] {
			told[where] = true
			j.report(RuleQueryUndeclared, where, "the operation does not declare this parameter")
		}
	}
}

// nameLike matches what a person calls a parameter; keys and tokens have digits or run on for longer.
var nameLike = regexp.MustCompile(`^[A-Za-z_$][A-Za-z_.$-]{0,30}(\[[A-Za-z_.-]{0,30}\]){0,4}$`)

func (j *judgement) cookies(name string) []pair {
	r := http.Request{Header: http.Header{"Cookie": j.flow.Request.Header.Values("Cookie")}}
	var out []pair
	for _, c := range r.CookiesNamed(name) {
		out = append(out, pair{name: name, value: queryUnescape(c.Value)})
	}
	return out
}

// belongs says whether a query name is p's: its own, one in brackets of it, or a property's of an exploded object.
func belongs(p *openapi3.Parameter, name string) bool {
	if name == p.Name {
		return true
	}
	if base, rest, ok := strings.Cut(name, "["); ok && base == p.Name && strings.HasSuffix(rest, "]") {
		return true
	}
	if p.Schema == nil || p.Schema.Value == nil || p.Style == openapi3.SerializationDeepObject || !exploded(p) {
		return false
	}
	v := viewOf(p.Schema)
	return v.types[openapi3.TypeObject] && (v.props[name] != nil || v.open)
}

func exploded(p *openapi3.Parameter) bool {
	if p.Explode != nil {
		return *p.Explode
	}
	style := p.Style
	if style == "" && (p.In == openapi3.ParameterInQuery || p.In == openapi3.ParameterInCookie) {
		style = openapi3.SerializationForm
	}
	return style == openapi3.SerializationForm
}

// value judges one parameter by what was sent of it.
func (j *judgement) value(p *openapi3.Parameter, sent []pair) {
	where := p.In + " " + p.Name
	if len(sent) == 0 {
		if p.Required && p.In != openapi3.ParameterInPath {
			j.report(RuleParamRequired, where, "the required parameter is missing")
		}
		return
	}
	schema, v := p.Schema, any(nil)
	if schema == nil {
		for kind, m := range p.Content {
			if m == nil || m.Schema == nil || !jsonType(kind) {
				return
			}
			parsed, err := parseJSON([]byte(sent[0].value))
			if err != nil {
				j.report(RuleParamValue, where, "not JSON")
				return
			}
			schema, v = m.Schema, parsed
		}
	} else if len(sent) == 1 && sent[0].value == "" && sent[0].name == p.Name {
		return // no value: how clients write a flag
	} else {
		v = j.paramData(p, sent)
	}
	j.judge(schema, j.way(asRequest), v, RuleParamValue, where)
}

func (j *judgement) responseHeaders(r *openapi3.Response) {
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		ref := r.Headers[name]
		if ref == nil || ref.Value == nil || strings.EqualFold(name, "Content-Type") {
			continue
		}
		where := "response header " + name
		vs := j.flow.Response.Header.Values(name)
		if len(vs) == 0 {
			if ref.Value.Required {
				j.report(RuleResponseHeader, where, "the required header is missing")
			}
			continue
		}
		if ref.Value.Schema == nil {
			continue
		}
		p := ref.Value.Parameter
		p.Name, p.In = name, openapi3.ParameterInHeader
		if s := strings.Join(vs, ","); s != "" {
			j.judge(p.Schema, j.way(asResponse), j.paramData(&p, []pair{{name: name, value: s}}), RuleResponseHeader, where)
		}
	}
}

// judge validates v and reports what is wrong with it.
func (j *judgement) judge(ref *openapi3.SchemaRef, w way, v any, rule, where string) {
	sch, err := j.schemas.compile(ref, w)
	if err != nil {
		j.report(RuleSchemaUnreadable, where, fmt.Sprint(err))
		return
	}
	if sch == nil {
		return
	}
	for _, x := range jsonschema.Violations(sch.Validate(context.Background(), v), j.known) {
		j.report(rule, strings.TrimSpace(where+" "+x.Pointer), x.Message)
	}
}

// admits says whether v fits ref; where ref cannot be compiled it does.
func (j *judgement) admits(ref *openapi3.SchemaRef, v any) bool {
	sch, err := j.schemas.compile(ref, j.way(asRequest))
	return err != nil || sch == nil || sch.Validate(context.Background(), v) == nil
}
