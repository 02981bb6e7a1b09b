package infer

import (
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/route"
)

// learn folds a flow into the facts of its host.
func (h *host) learn(f *flow.Flow) {
	e := &route.Exchange{
		Method:   f.Request.Method,
		Path:     f.Request.Path,
		Status:   f.Response.Status,
		Location: f.Response.Header.Get("Location"),
	}
	m := newMethodFacts()
	answer := m.learnResponse(f, e)
	ask := m.learnRequestBody(f, e, answer)
	m.seen = 1
	m.origins.add(f.Request.Origin(), &count{1})
	m.access.add(f)
	m.learnQuery(f)
	m.learnHeaders(f)
	m.learnCookies(f)
	m.learnVariants(f, ask, answer)
	h.tree.Add(e).Merge(m)
}

// learnVariants recognises what hides behind one URL: GraphQL operations, JSON-RPC methods, token grants.
func (m *methodFacts) learnVariants(f *flow.Flow, ask, answer *body) {
	if f.Request.Method != "POST" || ask == nil {
		return
	}
	switch {
	case ask.top["jsonrpc"] != "" && ask.top["method"] != "":
		m.variants.add("jsonrpc "+ask.top["method"], &count{1})
	case isGraphQL(ask.top["query"]):
		m.variants.add(graphQLName(ask.top["query"], ask.top["operationName"]), &count{1})
	case ask.top["grant_type"] != "" && answer != nil && answer.top["access_token"] != "" && passed(f):
		m.grants.add(ask.top["grant_type"], &count{1})
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
