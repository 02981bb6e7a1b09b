package infer

import (
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/schema"
)

// learner learns from flows, one after the other. It holds no facts but memory that is used again, for all hosts of
// a model. Its zero value is ready.
type learner struct {
	reader      schema.Reader
	answer, ask body             // of the flow at hand
	sent        []*knownHeader   // the names of its request's header lines
	asks, tells [32]*knownHeader // those of the requests and answers before, by place
	request     message
	headers     map[string]*knownHeader
	types       map[string]mediaType
	query       []queryField
	values      []string
	credentials []credential
	key         []byte
	tokens      [128]token
	origin      struct{ scheme, authority, text string }
}

// learn folds a flow into the facts of its host.
func (l *learner) learn(h *host, f *flow.Flow) {
	m := h.tree.Begin(f.Request.Method, f.Request.Path, f.Response.Status).(*methodFacts)
	location := f.Response.Header.Get("Location")
	hasBody := false
	if v := call.VariantOf(f); v.IsBatch() {
		hasBody = l.learnBatch(h, m, v, f, location)
	} else {
		l.begin(h, f, call.Batch{}, false)
		m.at(v, func(facts *methodFacts) {
			hasBody = l.fold(facts, f, location)
			facts.learnText(v, f)
		})
	}
	h.tree.End(location, hasBody, l.answer.list)
}

// begin prepares for a flow. Lists that b splits leave no facts: their elements belong to the operations called. The
// values of a call in a batch (isMember) are not reported to the paths, since the batch itself reports them.
func (l *learner) begin(h *host, f *flow.Flow, b call.Batch, isMember bool) {
	l.answer = body{tree: h.tree, reader: &l.reader, batch: b.ResponseSplit, silent: isMember}
	l.ask = body{tree: h.tree, reader: &l.reader, request: true, batch: b.RequestSplit, silent: isMember}
	l.sent, l.request = l.sent[:0], message{header: f.Request.Header}
	for i := range f.Request.Header {
		line := &f.Request.Header[i]
		h := l.line(l.asks[:], i, line.Name)
		l.sent = append(l.sent, h)
		l.request.note(h, line.Value)
	}
}

// fold folds a flow into facts, and tells the paths what its bodies hold. It says whether the answer had a body.
func (l *learner) fold(m *methodFacts, f *flow.Flow, location string) bool {
	l.answer.alone = m.of(l.answer.tree.OperationHash())
	had := l.learnResponse(m, f)
	l.learnRequestBody(m, f)
	m.seen++
	if isOwnRedirect(f, location) {
		m.redirects++
	}
	bottomk.Tally(m.origins, l.originOf(&f.Request))
	m.access.add(l.credentialsOf(&f.Request), f.Response.Status)
	l.learnQuery(m, f)
	l.learnHeaders(m, f)
	m.learnCookies(f)
	for _, scheme := range challenged(f) {
		m.access.challenge(scheme, 1)
	}
	m.learnOAuth(f, l.ask.top, l.answer.top)
	return had
}

// originOf is the request's origin: mostly that of the one before.
func (l *learner) originOf(r *flow.Request) string {
	if o := &l.origin; o.scheme != r.Scheme || o.authority != r.Authority {
		o.scheme, o.authority, o.text = r.Scheme, r.Authority, r.Origin()
	}
	return l.origin.text
}
