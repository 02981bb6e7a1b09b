package check

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/params"
)

// requestParameters checks the parameters of the request and reports query parameters that are not
// declared.
func (w *work) requestParameters() {
	query := slices.Collect(decode.Pairs(w.flow.Request.RawQuery))
	declared := make([]bool, len(query))
	for _, p := range w.params {
		for i, q := range query {
			isOwn := p.In == openapi.InQueryString || p.In == openapi3.ParameterInQuery && belongs(p, q.Name)
			declared[i] = declared[i] || isOwn
		}
		if p.In == openapi3.ParameterInHeader {
			switch strings.ToLower(p.Name) {
			case "accept", "content-type", "authorization": // OpenAPI ignores such parameters (3.0.3, 4.7.12.1)
				continue
			}
		}
		w.value(p, sentOf(p, &w.flow.Request, w.match.Params, query))
	}
	reported := map[string]bool{}
	for i, q := range query {
		if declared[i] || w.keys[q.Name] {
			continue
		}
		w.undeclared = append(w.undeclared, q)
		if !w.literal && (decode.IsCacheBuster(q.Name, q.Value) || !openapi.IsCleanName(q.Name)) {
			continue
		}
		where := "query"
		if q.HasValue && parameterName.MatchString(q.Name) {
			where += " " + q.Name
		}
		if !reported[where] {
			reported[where] = true
			w.report(RuleQueryUndeclared, where, "the operation does not declare this parameter")
		}
	}
}

// sentOf returns what a request has of a parameter. path has the parameters of the path, query the
// pairs of the query.
func sentOf(p *openapi3.Parameter, r *flow.Request, path map[string]string, query []decode.Pair) (sent []decode.Pair) {
	switch p.In {
	case openapi3.ParameterInPath:
		if raw, ok := path[p.Name]; ok {
			v, err := url.PathUnescape(raw)
			if err != nil {
				v = raw
			}
			sent = []decode.Pair{{Name: p.Name, Value: v, Raw: raw}}
		}
	case openapi3.ParameterInQuery:
		for _, q := range query {
			if belongs(p, q.Name) {
				sent = append(sent, q)
			}
		}
	case openapi.InQueryString:
		if r.RawQuery != "" {
			sent = []decode.Pair{{Name: p.Name, Value: decode.Unescape(r.RawQuery), HasValue: true}}
		}
	case openapi3.ParameterInHeader:
		if vs := r.Header.Values(p.Name); len(vs) > 0 {
			line := strings.Join(vs, ",")
			sent = []decode.Pair{{Name: p.Name, Value: line, Raw: line}}
		}
	case openapi3.ParameterInCookie:
		cookies := http.Request{Header: http.Header{"Cookie": r.Header.Values("Cookie")}}
		for _, c := range cookies.CookiesNamed(p.Name) {
			sent = append(sent, decode.Pair{Name: p.Name, Value: decode.Unescape(c.Value), Raw: c.Value})
		}
	}
	return sent
}

// parameterName matches names that people give to parameters. Keys and tokens have digits or are
// longer.
var parameterName = lazyregexp.New(`^[A-Za-z_$][A-Za-z_.$-]{0,30}(\[[A-Za-z_.-]{0,30}\]){0,4}$`)

// belongs reports whether a query name belongs to p: its own name, with brackets or without, or a
// property of an exploded object.
func belongs(p *openapi3.Parameter, name string) bool {
	if name == p.Name {
		return true
	}
	if base, rest, ok := strings.Cut(name, "["); ok && base == p.Name && strings.HasSuffix(rest, "]") {
		return true
	}
	if p.Schema == nil || p.Schema.Value == nil || p.Style == openapi3.SerializationDeepObject || !params.Of(p).Explode {
		return false
	}
	v := viewOf(p.Schema)
	return v.types[openapi3.TypeObject] && (v.props[name] != nil || v.open)
}

// value checks one parameter. sent are the pairs that belong to it.
func (w *work) value(p *openapi3.Parameter, sent []decode.Pair) {
	where := p.In + " " + p.Name
	if len(sent) == 0 {
		if p.Required && p.In != openapi3.ParameterInPath {
			w.report(RuleParamRequired, where, "the required parameter is missing")
		}
		return
	}
	schema, v := p.Schema, any(nil)
	if schema == nil {
		for kind, m := range p.Content {
			if m == nil || m.Schema == nil || !decode.IsJSON(decode.MediaType(kind)) {
				return
			}
			parsed, err := openapi.ParseJSON([]byte(sent[0].Value))
			if err != nil {
				w.report(RuleParamValue, where, "not JSON")
				return
			}
			schema, v = m.Schema, parsed
		}
	} else if len(sent) == 1 && sent[0].Value == "" && sent[0].Name == p.Name {
		if p.In == openapi3.ParameterInQuery && !sent[0].HasValue && !p.AllowEmptyValue {
			w.report(RuleParamValue, where, `the name stands without "=", and the parameter has no allowEmptyValue`)
		}
		return // an empty value means an absent one
	} else {
		var err error
		if v, err = w.reader().Value(params.Of(p), sent); err != nil {
			w.report(RuleParamValue, where, err.Error())
			return
		}
	}
	w.validate(schema, w.direction(toServer), v, RuleParamValue, where)
}

func (w *work) responseHeaders(r *openapi3.Response) {
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		ref := r.Headers[name]
		if ref == nil || ref.Value == nil || strings.EqualFold(name, "Content-Type") {
			continue
		}
		where := "response header " + name
		vs := w.flow.Response.Header.Values(name)
		if len(vs) == 0 {
			if ref.Value.Required {
				w.report(RuleResponseHeader, where, "the required header is missing")
			}
			continue
		}
		if ref.Value.Schema == nil {
			continue
		}
		p := ref.Value.Parameter
		p.Name, p.In = name, openapi3.ParameterInHeader
		if s := strings.Join(vs, ","); s != "" {
			v, err := w.reader().Value(params.Of(&p), []decode.Pair{{Name: name, Raw: s}})
			if err != nil {
				w.report(RuleResponseHeader, where, err.Error())
				continue
			}
			w.validate(p.Schema, w.direction(toClient), v, RuleResponseHeader, where)
		}
	}
}

// validate validates v and reports its violations.
func (w *work) validate(ref *openapi3.SchemaRef, d direction, v any, rule, where string) {
	sch, err := w.schemas.compile(ref, d)
	if err != nil {
		w.report(RuleSchemaUnreadable, where, fmt.Sprint(err))
		return
	}
	if sch == nil {
		return
	}
	err = sch.ValidateWithin(w.ctx, w.meter, v)
	if what := where; err != nil && !errors.As(err, new(*jsonschema.ValidationError)) {
		if rule == RuleRequestBody || rule == RuleResponseBody {
			what += " body"
		}
		w.skip(what, skipReason(err))
		return
	}
	for _, x := range jsonschema.Violations(err, w.names) {
		w.report(rule, strings.TrimSpace(where+" "+x.Pointer), x.Message)
	}
}

// skipReason returns the reason for an error that is not a mismatch.
func skipReason(err error) string {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return SkipCanceled
	}
	return SkipTooMuch
}

// admits reports whether v is valid as a request. Every value is if ref cannot be compiled, or if
// it is too much to check.
func (w *work) admits(ref *openapi3.SchemaRef, v any) bool {
	sch, err := w.schemas.compile(ref, w.direction(toServer))
	if err != nil || sch == nil {
		return true
	}
	ok, err := sch.Matches(w.ctx, w.meter, v)
	return ok || err != nil
}
