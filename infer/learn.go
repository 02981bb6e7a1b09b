package infer

import "github.com/spectap/spectap/flow"

// learn folds a flow into the facts of its host.
func (h *host) learn(f *flow.Flow) {
	m := h.tree.Begin(f.Request.Method, f.Request.Path, f.Response.Status).(*methodFacts)
	location := f.Response.Header.Get("Location")
	hasBody := false
	if v := VariantOf(f); v.Name != "" {
		m.variants.fold(v.Kind+" "+v.Name, newVariant, func(sub *variantFacts) { hasBody = h.fold(sub.m, f, location) })
	} else {
		hasBody = h.fold(m, f, location)
	}
	h.tree.End(location, hasBody, h.answer.list)
}

// fold folds a flow into facts, and tells the paths what its bodies hold. It says whether the answer had a body.
func (h *host) fold(m *methodFacts, f *flow.Flow, location string) bool {
	h.answer.reset()
	h.ask.reset()
	had := m.learnResponse(f, &h.answer)
	m.learnRequestBody(f, &h.ask, h.answer.broken)
	m.seen++
	if isOwnRedirect(f, location) {
		m.redirects++
	}
	tally(m.origins, f.Request.Origin())
	m.access.add(f)
	m.learnQuery(f)
	m.learnHeaders(f)
	m.learnCookies(f)
	if h.ask.top["grant_type"] != "" && h.answer.top["access_token"] != "" && passed(f) {
		tally(m.grants, h.ask.top["grant_type"])
	}
	return had
}
