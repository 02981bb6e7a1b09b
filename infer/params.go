package infer

import (
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/schema"
)

// learnQuery folds the query's parameters. Names in brackets (filter[status]=open) fold into one object.
func (m *methodFacts) learnQuery(f *flow.Flow) {
	if f.Request.RawQuery == "" {
		return
	}
	fields, err := formFields(f.Request.RawQuery)
	if err != nil { // a stray "%": the server reads it as it likes, names are lost
		return
	}
	values := map[string][]string{}
	deep := map[string][]schema.Field{}
	var order []string
	for _, q := range fields {
		name, isDeep := bracketBase(q.Name)
		if isQueryKey(q.Name, q.Value) {
			continue // a credential: access has it
		}
		if values[name] == nil && deep[name] == nil {
			order = append(order, name)
		}
		if isDeep {
			deep[name] = append(deep[name], schema.Field{Name: q.Name[len(name):], Value: q.Value})
		} else {
			values[name] = append(values[name], q.Value)
		}
	}
	for _, name := range order {
		m.query.fold(name, func() *paramFacts { return &paramFacts{values: *schema.NewList(name)} }, func(p *paramFacts) {
			p.seen++
			p.values.Add(values[name]...)
			if fs := deep[name]; len(fs) > 0 {
				if p.deep == nil {
					p.deep = &schema.Facts{}
				}
				p.deep.AddForm(unbracket(fs), nil)
			}
		})
	}
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
	for i := range l.sent {
		if h := &l.sent[i]; h.intent {
			learnParam(m.header, h.lower, f.Request.Header[i].Value)
		}
	}
}

// learnCookies folds cookies that are neither session nor tracking.
func (m *methodFacts) learnCookies(f *flow.Flow) {
	for _, line := range f.Request.Header.Values("Cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if name == "" || isSessionCookie(name) || isTrackingCookie(name) || isCSRF(name) {
				continue
			}
			if v, err := url.QueryUnescape(value); err == nil {
				value = v
			}
			learnParam(m.cookie, name, value)
		}
	}
}

func isTrackingCookie(name string) bool {
	n := strings.ToLower(name)
	for _, p := range []string{"_ga", "_gid", "_gcl", "_fb", "__utm", "_hj", "ajs_", "amplitude", "mp_", "optimizely",
		"intercom", "_pk_", "__cf", "cf_", "awsalb", "__stripe", "_clck", "_clsk", "datadome", "incap_", "visid_"} {
		if strings.HasPrefix(n, p) {
			return true
		}
	}
	return false
}
