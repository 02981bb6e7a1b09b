package infer

import (
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/infer/schema"
)

// locationOrder is the order of parameters in an operation.
var locationOrder = map[Location]int{InPath: 0, InQuery: 1, InHeader: 2, InCookie: 3}

// decideParams decides the parameters of one operation. uses counts the operations that have a
// query parameter, by method and name; shared holds the parameters that operations of one kind
// share.
func (e *endpoint) decideParams(opts Options, uses map[string]int, shared sharedParams) {
	for _, q := range e.template.Params() {
		e.op.Params = append(e.op.Params, Param{Name: q.Name, In: InPath, Required: true, Seen: e.facts.seen, Values: q.Values,
			MultiSegment: q.MultiSegment, Schema: pathSchema(q.Format)})
	}
	hasMore := e.facts.query.Overflowed()
	for _, name := range e.facts.query.Names() {
		if opts.Schema.Data[name] {
			hasMore = true
			continue
		}
		isShared := uses[e.method+" "+name] > 1
		e.op.Params = append(e.op.Params, queryParam(name, e.facts.query.Get(name), e.facts, opts, isShared))
	}
	e.addSharedParams(shared, opts)
	if hasMore {
		// More names than the facts hold, or names that are data: an object whose keys are
		// parameters.
		e.op.Params = append(e.op.Params, Param{Name: "additionalParameters", In: InQuery, Style: "form", Explode: true,
			Schema: &schema.Schema{Kind: schema.Object, Additional: &schema.Schema{Kind: schema.String}}})
	}
	for in, facts := range map[Location]*bottomk.Map[*paramFacts]{InHeader: e.facts.header, InCookie: e.facts.cookie} {
		for _, name := range facts.Names() {
			if opts.Schema.Data[name] || in == InHeader && !httpguts.ValidHeaderFieldName(name) { // HAR files have others
				continue
			}
			q := facts.Get(name)
			out := Param{Name: name, In: in, Seen: q.seen, Schema: q.values.DecideSingle(name, opts.Schema)}
			out.Values = int64(q.values.Distinct())
			if in == InHeader {
				out.Name, out.Description = headers.Spelling(name), headers.Description(name)
			}
			e.op.Params = append(e.op.Params, out)
		}
	}
	slices.SortStableFunc(e.op.Params, func(a, b Param) int {
		if a.In != b.In {
			return locationOrder[a.In] - locationOrder[b.In]
		}
		if a.In == InPath {
			return 0
		}
		return strings.Compare(a.Name, b.Name)
	})
}

// pathSchema returns the schema of a path parameter whose values all have one shape. Shapes that
// can occur by chance (hexadecimal, email address) give strings, since the next value may differ.
func pathSchema(format string) *schema.Schema {
	switch format {
	case "integer":
		return &schema.Schema{Kind: schema.Integer}
	case "uuid", "date":
		return &schema.Schema{Kind: schema.String, Format: format}
	}
	return &schema.Schema{Kind: schema.String}
}

// queryParam decides one query parameter. It is required if all accepted requests had it and there
// is proof that they need it: a refusal demanded it, or most other parameters come and go while
// this one stays, its values differ, and no other operation of the method has it. A name that
// several operations share is an option of the API. A parameter that is always sent, without proof,
// may be a habit of the client.
func queryParam(name string, q *paramFacts, m *methodFacts, opts Options, isShared bool) Param {
	out := Param{Name: name, In: InQuery, Seen: q.seen, Values: int64(q.values.Distinct())}
	out.Absent = q.seen < m.judged()
	if q.seen == m.judged() && q.seen > 0 {
		out.Required = m.isDemanded(name) || m.variesQuery() && q.values.Distinct() >= minRequiredValues && !isShared
		if !out.Required && q.seen >= minAlwaysSent {
			out.AlwaysSent = q.seen
		}
	}
	hasPlain := q.values.Requests() > 0
	out.AllowEmptyValue = q.nameOnly > 0
	switch {
	case q.deep == nil && !hasPlain: // only ?flag
		out.Schema = &schema.Schema{Kind: schema.String}
	case q.isJSON():
		out.IsJSON, out.Schema = true, decideBody(schema.Body{Key: name, Facts: q.json}, opts)
	case q.deep != nil:
		out.Style, out.Explode = "deepObject", true
		out.Schema = decideBody(schema.Body{Key: name, Form: true, Facts: q.deep}, opts)
		if hasPlain { // name=value as well: OpenAPI allows one parameter of a name
			out.Schema = &schema.Schema{AnyOf: []*schema.Schema{out.Schema, q.values.DecideSingle(name, opts.Schema)}}
		}
	default:
		s, style := q.values.Decide(strings.TrimSuffix(name, "[]"), opts.Schema)
		if strings.HasSuffix(name, "[]") && style != schema.RepeatedList {
			s, style = &schema.Schema{Kind: schema.Array, Items: s}, schema.RepeatedList
		}
		out.Schema = s
		if style != schema.NotList {
			out.Style, out.Explode = "form", style == schema.RepeatedList
		}
	}
	return out
}

// isJSON reports whether all values were JSON.
func (q *paramFacts) isJSON() bool { return q.jsons > 0 && q.jsons == q.seen }

// decideBody decides the members of a parameter. No member is required, because a parameter is not
// a complete request.
func decideBody(b schema.Body, opts Options) *schema.Schema {
	b.Role = schema.Request
	return schema.Decide([]schema.Body{b}, schema.Policy{Inline: true, NoRequired: true, Data: opts.Schema.Data}).Schemas[0]
}

// keepPhrases undoes the decision that a parameter is JSON where its values are strings alone,
// unless a parameter of its name has objects or lists elsewhere: people search for phrases in
// quotes.
func keepPhrases(endpoints []*endpoint, opts Options) {
	structured := map[string]bool{}
	each := func(f func(e *endpoint, q *Param)) {
		for _, e := range endpoints {
			for i := range e.op.Params {
				if q := &e.op.Params[i]; q.IsJSON {
					f(e, q)
				}
			}
		}
	}
	each(func(_ *endpoint, q *Param) {
		structured[q.Name] = structured[q.Name] || q.Schema.Kind == schema.Object || q.Schema.Kind == schema.Array
	})
	each(func(e *endpoint, q *Param) {
		if !structured[q.Name] {
			q.IsJSON, q.Schema = false, e.facts.query.Get(q.Name).values.DecideSingle(q.Name, opts.Schema)
		}
	})
}

// queryFormats returns the formats that the values of query parameters have in all operations
// together, by name: one operation may have too few.
func queryFormats(endpoints []*endpoint, opts Options) map[string]string {
	all := map[string]*paramFacts{}
	for _, e := range endpoints {
		for _, name := range e.facts.query.Names() {
			if all[name] == nil {
				all[name] = &paramFacts{}
			}
			all[name].Merge(e.facts.query.Get(name))
		}
	}
	formats := map[string]string{}
	for name, q := range all {
		switch f := q.values.DecideSingle(name, opts.Schema).Format; f {
		case "uuid", "date", "date-time":
			formats[name] = f
		}
	}
	return formats
}

// addFormats adds the formats that parameters of these names have elsewhere, if all values of this
// operation have them, too.
func (e *endpoint) addFormats(formats map[string]string) {
	for i := range e.op.Params {
		q := &e.op.Params[i]
		f := formats[q.Name]
		if facts := e.facts.query.Get(q.Name); q.In != InQuery || f == "" || facts == nil || !facts.values.HasFormat(f) {
			continue
		}
		if q.Schema.Kind == schema.String {
			own := *q.Schema
			own.Format = f
			q.Schema = &own
		}
	}
}

// markHabits marks the headers that one client always sends, by names in lower case.
func (e *endpoint) markHabits(habits map[string]bool) {
	for i := range e.op.Params {
		if q := &e.op.Params[i]; q.In == InHeader {
			q.OneClient = habits[strings.ToLower(q.Name)]
		}
	}
}

// variesQuery reports whether requests show by omissions which query parameters they need: there
// are enough, several parameters come and go, and at most as many do not.
func (m *methodFacts) variesQuery() bool {
	varying, constant := 0, 0
	for _, name := range m.query.Names() {
		switch seen := m.query.Get(name).seen; {
		case seen == m.judged():
			constant++
		case seen > 0:
			varying++
		}
	}
	return m.judged() >= minRequiredQuery && varying >= minVaryingQuery && constant <= varying
}

// responseHeader decides a header of the responses with a status.
func responseHeader(name string, facts *paramFacts, status int) Param {
	h := Param{Name: name, In: InHeader, Seen: facts.seen, Description: headers.Description(strings.ToLower(name))}
	policy := schema.Policy{OpenEnums: true}
	switch name {
	case "Location":
		h.Schema, h.Description = facts.values.DecideSingle(name, policy), headers.LocationDescription(status)
	case "Retry-After":
		// The name leaves open whether the value is a number or a date, so the values decide.
		if h.Schema = facts.values.DecideSingle("seconds", policy); h.Schema.Kind == schema.Integer {
			h.Description = "Number of seconds to wait."
		}
	default:
		h.Schema = facts.values.DecideSingle(name, policy)
	}
	if h.Schema.Description != "" && h.Description != "" { // such as Unix time
		h.Description += " " + h.Schema.Description + "."
		own := *h.Schema
		own.Description = ""
		h.Schema = &own
	}
	return h
}
