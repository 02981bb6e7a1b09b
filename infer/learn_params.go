package infer

import (
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/security"
)

// queryField is one field of a query string.
type queryField struct {
	param  string // the parameter that it belongs to
	isDeep bool   // the parameter is an object; the name of the field is what follows in brackets
	schema.Field
}

// learnQuery adds the query parameters. Names in brackets, as in filter[status]=open, form one
// object.
func (l *learner) learnQuery(m *requestFacts, f *flow.Flow) {
	fields, err := formFields(f.Request.RawQuery)
	if err != nil { // a stray "%": servers differ in how they read it
		return
	}
	all := l.query[:0]
	for _, q := range fields {
		if security.IsQueryKey(q.Name, q.Value) || decode.IsCacheBuster(q.Name, q.Value) {
			continue // security counts credentials
		}
		name, isDeep := bracketBase(q.Name)
		if isDeep && rules.ClassOf(name) == rules.Secret {
			name, isDeep = q.Name, false // its values must not be kept
		}
		if isDeep {
			q.Name = q.Name[len(name):]
		}
		all = append(all, queryField{name, isDeep, q})
	}
	slices.SortStableFunc(all, func(a, b queryField) int { return strings.Compare(a.param, b.param) })
	for rest := all; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].param == rest[0].param {
			n++
		}
		m.query.Update(rest[0].param, newParam(rest[0].param), func(p *paramFacts) { l.learnQueryParam(p, rest[:n]) })
		rest = rest[n:]
	}
	clear(all)
	l.query = all[:0]
}

// learnQueryParam adds the fields of one parameter in one query string. A name without "=" is no
// value, unless it is one of several fields.
func (l *learner) learnQueryParam(p *paramFacts, fields []queryField) {
	p.seen++
	if len(fields) == 1 && fields[0].NameOnly && !fields[0].isDeep {
		p.nameOnly++
		return
	}
	values := l.values[:0]
	var deep []schema.Field
	for _, q := range fields {
		if q.isDeep {
			deep = append(deep, q.Field)
		} else {
			values = append(values, q.Value)
		}
	}
	p.values.Add(values...)
	if len(values) == 1 && len(deep) == 0 && isJSON(values[0]) {
		if p.json == nil {
			p.json = &schema.Facts{}
		}
		if l.schemas.AddJSON(p.json, []byte(values[0]), true, nil) == nil {
			p.jsons++
		}
	}
	if len(deep) > 0 {
		if p.deep == nil {
			p.deep = &schema.Facts{}
		}
		l.schemas.AddForm(p.deep, unbracket(deep), nil)
	}
	clear(values)
	l.values = values
}

// isJSON reports whether the value of a parameter is JSON and could be nothing else but a phrase in
// quotes: an object or a list, as the "filters" of Docker, or a string, as an "input" of tRPC.
func isJSON(value string) bool {
	return value != "" && strings.IndexByte(`{["`, value[0]) >= 0 && jsontext.Value(value).IsValid()
}

// bracketBase returns "filter" for "filter[status]". "ids[]" is a name of its own: PHP and Rails
// repeat it for a list.
func bracketBase(name string) (base string, isDeep bool) {
	i := strings.IndexByte(name, '[')
	if i <= 0 || !strings.HasSuffix(name, "]") || strings.HasSuffix(name, "[]") && strings.Count(name, "[") == 1 {
		return name, false
	}
	return name[:i], true
}

// unbracket changes "[status]" and "[created][gte]" to the names that forms have: "status",
// "created[gte]".
func unbracket(fields []schema.Field) []schema.Field {
	for i, f := range fields {
		end := strings.IndexByte(f.Name, ']')
		fields[i].Name = f.Name[1:end] + f.Name[end+1:]
	}
	return fields
}

// learnHeaders adds the request headers that are parameters.
func (l *learner) learnHeaders(m *requestFacts, f *flow.Flow) {
	for i, info := range l.requestHeaders {
		if !info.IsParam {
			continue
		}
		value := f.Request.Header[i].Value
		switch redact.HeaderSensitivity(info.Lower) {
		case rules.Plain, rules.About, rules.Identifier, rules.Personal:
			learnParam(m.header, info.Lower, value)
		default:
			learnSecret(m.header, info.Lower, value)
		}
	}
}

// learnCookies adds the cookies that identify neither a session nor a client. Redaction replaces
// all their values.
func (m *requestFacts) learnCookies(f *flow.Flow) {
	for _, line := range f.Request.Header.Values("Cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if name == "" || !headers.IsParamCookie(name) {
				continue
			}
			if v, err := url.QueryUnescape(value); err == nil {
				value = v
			}
			learnSecret(m.cookie, name, value)
		}
	}
}

// learnRels counts the relations in a Link header (RFC 8288, section 3.3).
func (m *methodFacts) learnRels(link string) {
	for rest := link; ; {
		_, after, ok := strings.Cut(rest, "rel=")
		if !ok {
			return
		}
		rest = after
		rels := strings.Trim(after, `"`)
		if end := strings.IndexAny(rels, `",;`); end >= 0 {
			rels = rels[:end]
		}
		for _, rel := range strings.Fields(rels) {
			if call.IsPlainName(rel) {
				bottomk.Tally(m.rels, strings.ToLower(rel))
			}
		}
	}
}
