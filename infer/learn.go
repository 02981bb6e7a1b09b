package infer

import (
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
	if v := VariantOf(f); v.Name != "" {
		m.variants.fold(v.Kind+" "+v.Name, newVariant, func(sub *variantFacts) { h.fold(sub.m, f, &e) })
	} else {
		h.fold(m, f, &e)
	}
	h.tree.Add(&e)
}

// fold folds a flow into facts, and notes for the paths what its bodies hold.
func (h *host) fold(m *methodFacts, f *flow.Flow, e *route.Exchange) {
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
	if h.ask.top["grant_type"] != "" && h.answer.top["access_token"] != "" && passed(f) {
		tally(m.grants, h.ask.top["grant_type"])
	}
}
