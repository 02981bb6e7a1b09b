package infer

import (
	"slices"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/infer/site"
)

// learner adds flows to facts, one after the other. It holds no facts, only memory and caches that
// all hosts of a model share. Its zero value is ready.
type learner struct {
	schemas           schema.Reader
	request, response body // of the current flow
	isRefused         bool // the current request
	requestMessage    message
	requestHeaders    []*headers.Info // of the current request's header lines
	requestLines      headers.Lines
	responseLines     headers.Lines
	headerNames       headers.Cache
	mediaTypes        map[string]mediaType
	query             []queryField
	values            []string
	names             []string
	credentials       security.Reader
	origin            struct{ scheme, authority, text string }
	hidden            hiddenTexts
	repeats           repeats
}

// noParam is the classification of headers that describe the sending program.
var noParam headers.Info

// learn adds a flow to the facts of its host.
func (l *learner) learn(h *host, f *flow.Flow) {
	for i, c := range call.Each(f) {
		l.learnCall(h, c, i == 0)
	}
}

// learnCall adds a call. The first of a flow counts as the flow.
func (l *learner) learnCall(h *host, f *flow.Flow, isFlow bool) {
	m := h.Tree.Begin(f.Request.Method, f.Request.Path, f.Response.Status).(*methodFacts)
	location := f.Response.Header.Get("Location")
	hasBody := false
	if v := call.VariantOf(f); v.IsBatch() {
		hasBody = l.learnBatch(h, m, v, f, location)
	} else {
		l.begin(h, f, call.Batch{}, false)
		l.request.namesApart, l.response.namesApart = v.IsGraphQL(), v.IsGraphQL() // it may rename members
		m.at(v, func(facts *methodFacts) {
			hasBody = l.learnExchange(facts, f, location)
			if !l.isRefused {
				facts.learnDocument(v, f)
			}
			if !isFlow {
				facts.batched++
			}
		})
		h.Passed.Learn(f, l.requestHeaders, l.request.data, l.response.data)
	}
	h.Tree.End(location, hasBody, l.response.isList)
	l.learnClient(h, f)
}

// learnClient adds the names of the header parameters of a request to the facts of its program.
func (l *learner) learnClient(h *host, f *flow.Flow) {
	names, userAgent := l.names[:0], ""
	for i, info := range l.requestHeaders {
		switch {
		case info.IsParam && !headers.IsAntiForgery(info.Lower):
			names = append(names, info.Lower)
		case info.Lower == "user-agent":
			userAgent = f.Request.Header[i].Value
		}
	}
	h.Clients.Add(userAgent, names)
	clear(names)
	l.names = names
}

// begin prepares for a flow. Lists that b splits leave no facts: their elements belong to the
// operations called. A call of a batch (isMember) does not report its values to the paths, since
// the batch reports them.
func (l *learner) begin(h *host, f *flow.Flow, b call.Batch, isMember bool) {
	l.hidden = hiddenTexts{flow: f}
	l.response = body{tree: h.Tree, reader: &l.schemas, isSplit: b.ResponseSplit, isMember: isMember, hidden: &l.hidden}
	if f.Response != nil && (isInvalid(f) || f.Response.Status == 409) {
		l.response.refusal = &refusal{}
	}
	if !isMember && f.Response != nil && f.Response.Status/100 == 2 {
		l.response.repeats = &l.repeats
	}
	l.request = body{tree: h.Tree, reader: &l.schemas, isRequest: true, isSplit: b.RequestSplit, isMember: isMember, hidden: &l.hidden}
	l.requestHeaders, l.requestMessage = l.requestHeaders[:0], message{header: f.Request.Header}
	userAgent := f.Request.Header.Get("User-Agent")
	for i := range f.Request.Header {
		line := &f.Request.Header[i]
		info := l.requestLines.Lookup(&l.headerNames, i, line.Name)
		if info.IsParam && site.NamesClient(info.Lower, userAgent, f.Request.Authority) {
			info = &noParam
		}
		l.requestHeaders = append(l.requestHeaders, info)
		l.requestMessage.add(info, line.Value)
	}
}

// learnExchange adds an exchange to facts, and reports the values in its bodies to the paths. It
// reports whether the response had a body.
func (l *learner) learnExchange(m *methodFacts, f *flow.Flow, location string) bool {
	l.response.isOnePath = m.addPath(l.response.tree.OperationHash())
	hasBody := l.learnResponse(m, f)
	l.isRefused = isRefused(f) || isAccepted(f) && isRefusal(l.response.data)
	sent := l.sent(m, f)
	l.learnRequestBody(m, sent, f)
	m.seen++
	if isOwnRedirect(f, location) {
		m.redirects++
	}
	bottomk.Tally(m.origins, l.originOf(&f.Request))
	if f.Request.Changed&flow.HeaderChanged == 0 { // else a rule may have added credentials
		m.access.Add(l.credentials.Key(&f.Request, l.requestHeaders), f.Response.Status)
	}
	if r := l.response.refusal; r != nil {
		for _, name := range r.located {
			m.response(f.Response.Status).blamed.Add(name)
		}
	}
	if l.isRefused {
		l.learnRefusal(m.refusals(), &m.response(f.Response.Status).blamed, f)
	}
	if sent != nil {
		l.learnQuery(sent, f)
		l.learnHeaders(sent, f)
		sent.learnCookies(f)
	}
	for _, scheme := range security.Challenges(f.Response) {
		m.access.Challenge(scheme, 1)
	}
	m.oauth.Learn(f, l.request.oauth, l.response.oauth)
	return hasBody
}

// sent returns the facts that a request adds to, nil if the status says that it was refused for
// what it holds, and not for who sent it or what its path names.
func (l *learner) sent(m *methodFacts, f *flow.Flow) *requestFacts {
	if isRefused(f) && !slices.Contains([]int{401, 403, 404, 407, 410}, f.Response.Status) {
		return nil
	}
	if l.isRefused {
		return &m.refusals().sent
	}
	return &m.requestFacts
}

// originOf returns the request's origin, which is mostly that of the request before.
func (l *learner) originOf(r *flow.Request) string {
	if o := &l.origin; o.scheme != r.Scheme || o.authority != r.Authority {
		o.scheme, o.authority, o.text = r.Scheme, r.Authority, r.Origin()
	}
	return l.origin.text
}

// learnRefusal counts a refused request and the names that its response demands and it lacks.
func (l *learner) learnRefusal(m *refusedFacts, blamed *schema.NameSet, f *flow.Flow) {
	m.seen++
	if fields, err := formFields(f.Request.RawQuery); err == nil {
		for _, q := range fields {
			if !security.IsQueryKey(q.Name, q.Value) {
				m.query.Update(q.Name, newParam("secret"), func(p *paramFacts) { p.seen++ })
			}
		}
	}
	if !isInvalid(f) {
		return
	}
	r := l.response.refusal
	if t := f.Response.Header.MediaType(); decode.IsText(t) && !decode.IsJSON(t) {
		r.Add("", "", l.response.data)
	}
	names := r.Demanded()
	if len(names) == 0 || f.Request.Body.Truncated || len(l.request.data) == 0 && len(f.Request.Body.Data) > 0 {
		return
	}
	sent, ok := sentNames(f.Request.RawQuery, decode.MediaType(l.requestMessage.contentType), l.request.data)
	if !ok {
		return
	}
	added := map[string]bool{}
	for _, name := range names {
		if !sent[name] && !added[name] {
			added[name] = true
			m.demanded.Add(name)
			blamed.Add(name)
		}
	}
}

// learnDocument counts the document that a call of a GraphQL operation sent.
func (m *methodFacts) learnDocument(v call.Variant, f *flow.Flow) {
	if !v.IsGraphQL() {
		return
	}
	document, ok := call.GraphQLDocument(&f.Request)
	if !ok {
		return
	}
	if m.documents == nil {
		m.documents = m.documents.New()
	}
	m.documents.Add(document)
}
