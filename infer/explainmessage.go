package infer

import (
	"fmt"
	"strings"

	"github.com/spectap/spectap/infer/bottomk"
)

// variant says what tells the operation from others behind its URL.
func (e *Explanation) variant(c *candidate) {
	if c.variant.Name == "" {
		return
	}
	f := Finding{About: "operation", Subject: c.variant.Name, Result: c.variant.Kind}
	for _, call := range c.facts.members.Names() {
		n := c.facts.members.Get(call).N
		f.For = append(f.For, Reason{Text: fmt.Sprintf("%d calls of %s", n, strings.TrimPrefix(call, "#")), Count: n})
	}
	e.Findings = append(e.Findings, f)
}

func (e *Explanation) params(op *Operation, facts *methodFacts) {
	of := map[Place]*bottomk.Map[*paramFacts]{InQuery: facts.query, InHeader: facts.header, InCookie: facts.cookie}
	for _, q := range op.Params {
		if q.In == InPath {
			continue
		}
		name := q.Name
		if q.In == InHeader {
			name = strings.ToLower(name)
		}
		f := Finding{About: string(q.In), Subject: q.Name, Result: describe(q.Schema)}
		f.For = append(f.For, Reason{Text: fmt.Sprintf("in %d of %d requests", q.Seen, facts.seen), Count: q.Seen})
		if known := of[q.In].Get(name); known != nil && known.values.Requests() > 0 {
			f.For = append(f.For, Reason{Text: known.values.Summary(), Count: int64(known.values.Requests())})
		}
		switch why := optional(q, facts); {
		case q.Required:
			f.Result += ", required"
		case why != "":
			f.Result += ", optional"
			f.Against = append(f.Against, Reason{Text: "required: " + why})
		}
		e.Findings = append(e.Findings, f)
	}
}

// optional says why a query parameter that every request had is none that must be there; "" where some had it not.
func optional(q Param, facts *methodFacts) string {
	switch {
	case q.Required || q.In != InQuery || q.Seen < facts.seen:
		return ""
	case q.Description != "":
		return "one can always begin at the beginning of the pages"
	case facts.seen < minRequiredQuery:
		return fmt.Sprintf("%d requests are too few, %d are asked for", facts.seen, minRequiredQuery)
	case facts.query.Get(q.Name) != nil && facts.query.Get(q.Name).values.Distinct() < minRequiredValues:
		return "its value is nearly always the same, so it may be a client's habit"
	}
	return "other operations know the name, so it is an option of the API at large"
}

// leads says how one comes from an answer to another: links and pages.
func (e *Explanation) leads(op *Operation) {
	if p := op.Paging; p != nil {
		f := Finding{About: "pages", Subject: p.Style, Result: "the list comes in pages"}
		for _, part := range []struct{ name, value string }{{"chosen by the parameter", p.Param}, {"their size by", p.Size}, {"the next one from", p.Next}, {"the list is at", p.Items}} {
			if part.value != "" {
				f.For = append(f.For, Reason{Text: part.name + " " + part.value})
			}
		}
		e.Findings = append(e.Findings, f)
	}
	for _, r := range op.Responses {
		for _, l := range r.Links {
			f := Finding{About: "links", Subject: l.Name, Result: fmt.Sprintf("from the answer %d to %s", r.Status, l.Operation)}
			for _, p := range l.Parameters {
				f.For = append(f.For, Reason{Text: p.Name + " is " + p.Expression})
			}
			e.Findings = append(e.Findings, f)
		}
	}
}

func (e *Explanation) access(op *Operation, c *candidate) {
	if op.Security != nil {
		var ways []string
		for _, names := range op.Security {
			way := strings.Join(names, " and ")
			if way == "" {
				way = "nothing"
			}
			ways = append(ways, way)
		}
		e.Findings = append(e.Findings, Finding{About: "access", Subject: "asks for", Result: strings.Join(ways, ", or ")})
	}
	for _, a := range c.access.Attempts() {
		subject := "no credentials"
		if len(a.Credentials) > 0 {
			var names []string
			for _, c := range a.Credentials {
				names = append(names, strings.TrimSpace(c.Kind+" "+c.Name))
			}
			subject = strings.Join(names, " and ")
		}
		f := Finding{About: "access", Subject: subject, Result: fmt.Sprintf("passed %d times", a.Passed)}
		if a.Refused > 0 {
			f.Against = append(f.Against, Reason{Text: fmt.Sprintf("refused with 401 or 403 %d times", a.Refused), Count: a.Refused})
		}
		e.Findings = append(e.Findings, f)
	}
	challenges := c.access.Challenges()
	for _, scheme := range sortedKeys(challenges) {
		e.Findings = append(e.Findings, Finding{About: "access", Subject: "WWW-Authenticate",
			Result: fmt.Sprintf("asked for %s %d times", scheme, challenges[scheme])})
	}
	signs := c.facts.oauth.Signs
	for _, sign := range signs.Names() {
		e.Findings = append(e.Findings, Finding{About: "access", Subject: "OAuth 2.0",
			Result: fmt.Sprintf("%s, %d times", sign, signs.Get(sign).N)})
	}
}
