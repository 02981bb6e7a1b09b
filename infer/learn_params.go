package infer

import (
	"net/url"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/security"
)

// queryField is one field of a query and the parameter that it belongs to.
type queryField struct {
	param string
	deep  bool // a part of it: what stands in brackets is the field's name
	schema.Field
}

// learnQuery folds the query's parameters. Names in brackets (filter[status]=open) fold into one object.
func (l *learner) learnQuery(m *methodFacts, f *flow.Flow) {
	fields, err := formFields(f.Request.RawQuery)
	if err != nil { // a stray "%": the server reads it as it likes, names are lost
		return
	}
	all := l.query[:0]
	for _, q := range fields {
		if security.IsQueryKey(q.Name, q.Value) {
			continue // a credential, which security counts
		}
		name, deep := bracketBase(q.Name)
		if deep {
			q.Name = q.Name[len(name):]
		}
		all = append(all, queryField{name, deep, q})
	}
	slices.SortStableFunc(all, func(a, b queryField) int { return strings.Compare(a.param, b.param) })
	for rest := all; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].param == rest[0].param {
			n++
		}
		m.query.Update(rest[0].param, newParam(rest[0].param), func(p *paramFacts) { l.learnParam(p, rest[:n]) })
		rest = rest[n:]
	}
	clear(all)
	l.query = all[:0]
}

// learnParam folds what one query gives a parameter.
func (l *learner) learnParam(p *paramFacts, fields []queryField) {
	p.seen++
	values := l.values[:0]
	var deep []schema.Field
	for _, q := range fields {
		if q.deep {
			deep = append(deep, q.Field)
		} else {
			values = append(values, q.Value)
		}
	}
	p.values.Add(values...)
	if len(deep) > 0 {
		if p.deep == nil {
			p.deep = &schema.Facts{}
		}
		l.schemas.AddForm(p.deep, unbracket(deep), nil)
	}
	clear(values)
	l.values = values
}

// bracketBase cuts "filter[status]" to "filter". "ids[]" is a name of its own: PHP's and Rails' way to repeat.
func bracketBase(name string) (base string, deep bool) {
	i := strings.IndexByte(name, '[')
	if i <= 0 || !strings.HasSuffix(name, "]") || strings.HasSuffix(name, "[]") && strings.Count(name, "[") == 1 {
		return name, false
	}
	return name[:i], true
}

// unbracket turns "[status]" and "[created][gte]" into form names: "status", "created[gte]".
func unbracket(fs []schema.Field) []schema.Field {
	for i, f := range fs {
		end := strings.IndexByte(f.Name, ']')
		fs[i].Name = f.Name[1:end] + f.Name[end+1:]
	}
	return fs
}

// learnHeaders folds the headers that carry the caller's intent.
func (l *learner) learnHeaders(m *methodFacts, f *flow.Flow) {
	for i, info := range l.requestHeaders {
		switch value := f.Request.Header[i].Value; {
		case !info.IsParam:
		case redact.HeaderSensitivity(info.Lower) >= redact.Secret:
			learnPrivate(m.header, info.Lower, value)
		default:
			learnParam(m.header, info.Lower, value)
		}
	}
}

// learnCookies folds cookies that are neither session nor tracking.
func (m *methodFacts) learnCookies(f *flow.Flow) {
	for _, line := range f.Request.Header.Values("Cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if name == "" || headers.IsSessionCookie(name) || headers.IsTrackingCookie(name) || headers.IsAntiForgery(name) {
				continue
			}
			if v, err := url.QueryUnescape(value); err == nil {
				value = v
			}
			learnPrivate(m.cookie, name, value) // redaction takes out all of them
		}
	}
}
