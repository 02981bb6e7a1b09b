package infer

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/route"
	"github.com/spectap/spectap/infer/security"
)

// decideSecurity finds the security schemes of the document and the requirements of each operation.
// Operations that the document leaves out show where tokens come from.
func (d *decision) decideSecurity(passed *security.Passed) {
	decision := security.Decide(securityFacts(d.included), securityFacts(d.excluded), passed)
	d.doc.Security = decision.Schemes
	d.doc.Entry = decision.Entry.Resolve(d.operationAt, d.isPage, func(name string) bool { return d.doc.Data[name] })
	for i, e := range d.included {
		e.access, e.op.Security = decision.Access[i], decision.Requirements[i]
		e.op.Denied = e.denied()
		e.op.Params = slices.DeleteFunc(e.op.Params, func(p Param) bool { // credentials are no parameters
			name := p.Name
			if p.In == InHeader {
				name = strings.ToLower(name)
			}
			return decision.IsCredential(string(p.In), name)
		})
		e.decideAntiForgery()
	}
}

// denied returns [Operation.Denied]. It is "" if both statuses occurred, because attempts do not
// tell them apart.
func (e *endpoint) denied() string {
	with, without := false, false
	for _, a := range e.access.Attempts() {
		with = with || a.Refused > 0 && len(a.Credentials) > 0
		without = without || a.Refused > 0 && len(a.Credentials) == 0
	}
	switch {
	case with == without, e.facts.responses[401] != nil && e.facts.responses[403] != nil:
		return ""
	case with:
		return "with credentials"
	}
	return "without credentials"
}

// decideAntiForgery makes a header with a token against forged requests a required parameter of an
// operation that writes, if all requests that were not refused had it. Reads do not need it (RFC
// 9110, section 9.2.1), but browsers' libraries send it with them, too.
func (e *endpoint) decideAntiForgery() {
	isRead := e.method == "GET" || e.method == "HEAD" || e.method == "OPTIONS"
	e.op.Params = slices.DeleteFunc(e.op.Params, func(p Param) bool {
		return isRead && p.In == InHeader && headers.IsAntiForgery(p.Name)
	})
	for i := range e.op.Params {
		if p := &e.op.Params[i]; p.In == InHeader && headers.IsAntiForgery(p.Name) {
			p.Required = p.Seen >= e.facts.judged()
			p.OneClient, p.Description = false, "A token against forged requests (CSRF)."
		}
	}
}

// operationAt returns the path of the operation that a path belongs to, "" if there is none.
func (d *decision) operationAt(method, path string) string {
	path, fragment, _ := strings.Cut(path, "#")
	t := route.Match(d.templates, path)
	for _, e := range d.included {
		if e.template == t && e.method == method && e.variant.Fragment() == strings.TrimSuffix("#"+fragment, "#") {
			return e.op.Path
		}
	}
	return ""
}

// isPage reports whether a path is that of a page without names that may be data of a person: its
// segments are English or those of operations.
func (d *decision) isPage(path string) bool {
	isData := func(name string) bool {
		return d.doc.Data[name] || !noun.IsEnglish(name) && !slices.ContainsFunc(d.included, func(e *endpoint) bool { return slices.Contains(e.writtenNames(), name) })
	}
	return slices.ContainsFunc(d.excluded, func(e *endpoint) bool {
		return e.method == "GET" && e.path == path && !slices.ContainsFunc(e.writtenNames(), isData)
	})
}

func securityFacts(endpoints []*endpoint) []security.Operation {
	out := make([]security.Operation, len(endpoints))
	for i, e := range endpoints {
		f := e.facts
		out[i] = security.Operation{Access: &f.access, OAuth: &f.oauth, Refused: f.responses[401] != nil,
			Seen: f.seen, Query: map[string]int64{}}
		for _, name := range f.query.Names() {
			out[i].Query[name] = f.query.Get(name).seen
		}
		if f.refused != nil {
			for _, name := range f.refused.query.Names() {
				out[i].Query[name] += f.refused.query.Get(name).seen
			}
		}
		if origins := f.origins.Names(); len(origins) > 0 {
			out[i].URL = origins[0] + e.path
		}
	}
	return out
}
