package infer

import (
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/route"
)

// learn folds a flow into the facts of its host.
func (h *host) learn(f *flow.Flow) {
	e := route.Exchange{
		Method:   f.Request.Method,
		Path:     f.Request.Path,
		Status:   f.Response.Status,
		Location: f.Response.Header.Get("Location"),
	}
	m := h.tree.Payload(e.Method, e.Path).(*methodFacts)
	h.answer.reset()
	h.ask.reset()
	if m.learnResponse(f, &h.answer) {
		e.HasBody, e.List, e.Scalars, e.Keys = true, h.answer.list, h.answer.texts(), h.answer.keys
	}
	if m.learnRequestBody(f, &h.ask, h.answer.broken) {
		e.Request = h.ask.texts()
	}
	m.seen++
	if isOwnRedirect(f, e.Location) {
		m.redirects++
	}
	tally(m.origins, f.Request.Origin())
	m.access.add(f)
	m.learnQuery(f)
	m.learnHeaders(f)
	m.learnCookies(f)
	m.learnVariants(f, &h.ask, &h.answer)
	h.tree.Add(&e)
}

// learnVariants recognises what hides behind one URL: GraphQL operations, JSON-RPC methods, token grants.
func (m *methodFacts) learnVariants(f *flow.Flow, ask, answer *body) {
	if f.Request.Method != "POST" || ask.top == nil {
		return
	}
	switch {
	case ask.top["jsonrpc"] != "" && ask.top["method"] != "":
		tally(m.variants, "jsonrpc "+ask.top["method"])
	case isGraphQL(ask.top["query"]):
		tally(m.variants, graphQLName(ask.top["query"], ask.top["operationName"]))
	case ask.top["grant_type"] != "" && answer.top["access_token"] != "" && passed(f):
		tally(m.grants, ask.top["grant_type"])
	}
}

// isGraphQL says whether a text is a GraphQL executable document (GraphQL spec, section 2.3).
func isGraphQL(s string) bool {
	s = strings.TrimLeft(s, " \t\r\n,\ufeff")
	for _, start := range []string{"query", "mutation", "subscription", "fragment", "{"} {
		if rest, ok := strings.CutPrefix(s, start); ok && strings.Contains(rest, "{") || start == "{" && ok {
			return true
		}
	}
	return false
}

// graphQLName gives kind and name of the operation that a GraphQL request runs.
func graphQLName(doc, operationName string) string {
	kind, name := "query", operationName
	fields := strings.FieldsFunc(doc, func(r rune) bool { return strings.ContainsRune(" \t\r\n,({@", r) })
	for i, w := range fields {
		if w == "query" || w == "mutation" || w == "subscription" {
			next := ""
			if i+1 < len(fields) {
				next = fields[i+1]
			}
			if operationName == "" || next == operationName {
				kind = w
				// The name follows at once, or there is none.
				if name == "" && strings.Contains(doc, w+" "+next) {
					name = next
				}
				break
			}
		}
	}
	if name == "" {
		name = "(anonymous)"
	}
	return "graphql " + kind + " " + name
}
