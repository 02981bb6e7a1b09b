package infer

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/route"
	"github.com/spectap/spectap/infer/schema"
)

// addPath explains the segments of the path.
func (x *Explanation) addPath(t *route.Template) {
	for _, s := range t.Segments {
		f := Finding{About: "path", Subject: s.String(), Result: "literal"}
		evidence := s.Evidence
		for _, chunk := range s.Chunks {
			q := chunk.Param
			if q == nil {
				continue
			}
			f.Result = fmt.Sprintf("parameter, about %d values in %d requests", q.Values, q.Seen)
			if q.Values > q.Seen { // operations share the values of their paths
				f.Result = fmt.Sprintf("parameter, %d requests; about %d values over all operations that have it", q.Seen, q.Values)
			}
			if q.NameRule != "" {
				f.Result += "; named by " + namedBy(q.NameRule)
			}
			evidence = append(evidence, q.Evidence...)
			for _, field := range q.Fields {
				name := field.Field
				if field.Owner != "" {
					name = field.Owner + "." + name
				}
				f.For = append(f.For, Evidence{Text: "answers hold the value as " + name, Count: field.Seen})
			}
		}
		isParam := len(s.Chunks) > 1 || len(s.Chunks) == 1 && s.Chunks[0].Param != nil
		for _, e := range evidence {
			r := Evidence{e.Rule, e.Weight, e.Count}
			if (e.Weight > 0) == isParam {
				f.For = append(f.For, r)
			} else {
				f.Against = append(f.Against, r)
			}
		}
		x.Findings = append(x.Findings, f)
	}
}

// addVariant explains what distinguishes the operation from others with its URL.
func (x *Explanation) addVariant(e *endpoint) {
	if e.variant.Name == "" {
		return
	}
	f := Finding{About: "operation", Subject: e.variant.Name, Result: e.variant.Kind}
	for _, member := range e.facts.members.Names() {
		n := e.facts.members.Get(member).N
		text := fmt.Sprintf("%d calls of %s", n, strings.TrimPrefix(member, "#"))
		f.For = append(f.For, Evidence{Text: text, Count: n})
	}
	x.Findings = append(x.Findings, f)
}

// addParams explains the parameters in the query string, headers and cookies.
func (x *Explanation) addParams(op *Operation, facts *methodFacts) {
	params := map[Location]*bottomk.Map[*paramFacts]{
		InQuery: facts.query, InHeader: facts.header, InCookie: facts.cookie}
	for _, q := range op.Params {
		if q.In == InPath {
			continue
		}
		name := q.Name
		if q.In == InHeader {
			name = strings.ToLower(name)
		}
		f := Finding{About: string(q.In), Subject: q.Name, Result: schema.Describe(q.Schema)}
		f.For = append(f.For, Evidence{Text: fmt.Sprintf("in %d of %d requests", q.Seen, facts.judged()), Count: q.Seen})
		if p := params[q.In].Get(name); p != nil && p.values.Requests() > 0 {
			f.For = append(f.For, Evidence{Text: p.values.Summary(), Count: int64(p.values.Requests())})
		}
		switch reason := whyOptional(q, facts); {
		case q.Required:
			f.Result += ", required"
		case reason != "":
			f.Result += ", optional"
			f.Against = append(f.Against, Evidence{Text: "required: " + reason})
		}
		x.Findings = append(x.Findings, f)
	}
}

// whyOptional returns the reason why a query parameter that every request had is not required, ""
// for others.
func whyOptional(q Param, facts *methodFacts) string {
	switch {
	case q.Required || q.In != InQuery || q.Seen < facts.judged():
		return ""
	case isPaging(q):
		return "a request for the first page needs none"
	case facts.judged() < minRequiredQuery:
		return fmt.Sprintf("%d requests are too few, %d are needed", facts.judged(), minRequiredQuery)
	case facts.query.Get(q.Name) != nil && facts.query.Get(q.Name).values.Distinct() < minRequiredValues:
		return "its value is nearly always the same, so it may be a client's habit"
	case !facts.variesQuery():
		return "no refusal demanded it, and the other parameters vary too little"
	}
	return "other operations have it too, so it is an option of the API"
}

// isPaging reports whether a query parameter was described as one for pages.
func isPaging(q Param) bool {
	_, description := pageParam(q.Name, q.Schema)
	return description != "" && q.Description == description
}

// addPaging explains how a list is paged.
func (x *Explanation) addPaging(op *Operation) {
	p := op.Paging
	if p == nil {
		return
	}
	f := Finding{About: "pages", Subject: p.Style, Result: "the list comes in pages"}
	for _, r := range []struct{ text, name string }{
		{"chosen by the parameter", p.Param}, {"their size by", p.Size},
		{"the next one from", p.Next}, {"the list is at", p.Items},
	} {
		if r.name != "" {
			f.For = append(f.For, Evidence{Text: r.text + " " + r.name})
		}
	}
	x.Findings = append(x.Findings, f)
}

// addLinks explains the links from the operation's responses.
func (x *Explanation) addLinks(op *Operation) {
	for _, r := range op.Responses {
		for _, l := range r.Links {
			result := fmt.Sprintf("from the answer %d to %s", r.Status, l.Operation)
			f := Finding{About: "links", Subject: l.Name, Result: result}
			for _, p := range l.Parameters {
				f.For = append(f.For, Evidence{Text: p.Name + " is " + p.Expression})
			}
			x.Findings = append(x.Findings, f)
		}
	}
}

// addAccess explains the security requirements of the operation.
func (x *Explanation) addAccess(e *endpoint) {
	add := func(subject, result string, against ...Evidence) {
		x.Findings = append(x.Findings, Finding{About: "access", Subject: subject, Result: result, Against: against})
	}
	if e.op.Security != nil {
		var alternatives []string
		for _, names := range e.op.Security {
			text := cmp.Or(strings.Join(names, " and "), "nothing")
			alternatives = append(alternatives, text)
		}
		add("requires", strings.Join(alternatives, ", or "))
	}
	for _, a := range e.access.Attempts() {
		subject := "no credentials"
		if len(a.Credentials) > 0 {
			var names []string
			for _, c := range a.Credentials {
				names = append(names, strings.TrimSpace(c.Kind+" "+c.Name))
			}
			subject = strings.Join(names, " and ")
		}
		var against []Evidence
		if a.Refused > 0 {
			against = []Evidence{{Text: "refused with 401 or 403 " + times(a.Refused), Count: a.Refused}}
		}
		add(subject, "passed "+times(a.Passed), against...)
	}
	challenges := e.access.Challenges()
	for _, scheme := range sortedKeys(challenges) {
		add("WWW-Authenticate", fmt.Sprintf("demanded %s %s", scheme, times(challenges[scheme])))
	}
	signs := e.facts.oauth.Signs
	for _, sign := range signs.Names() {
		add("OAuth 2.0", sign+", "+times(signs.Get(sign).N))
	}
}

// namedBy returns a rule for names in words.
func namedBy(rule string) string {
	if rule == "corrected" {
		return "a person's correction"
	}
	return rule
}
