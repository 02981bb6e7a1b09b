package infer

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/naming"
	"github.com/spectap/spectap/infer/route"
	"github.com/spectap/spectap/infer/security"
)

// decideOperations finds the operations of all templates, and counts the flows without an
// operation.
func (d *decision) decideOperations(h *host, opts *Options) {
	excluded := map[string]int64{}
	for reason, n := range h.Excluded {
		excluded[reason] += n
	}
	for i := range d.templates {
		t := &d.templates[i]
		for _, mf := range t.Methods {
			for _, e := range endpointsOf(t, mf) {
				if reason := e.exclusion(opts); reason != "" {
					excluded[reason] += e.facts.flows()
					d.excluded = append(d.excluded, e)
					continue
				}
				if n := e.facts.malformed(); n > 0 {
					excluded[ReasonMalformed] += n
				}
				if n := e.unchanged(); n > 0 {
					excluded[ReasonUnchanged] += n
				}
				d.included = append(d.included, e)
			}
		}
	}
	for _, reason := range sortedKeys(excluded) {
		d.doc.Excluded = append(d.doc.Excluded, Exclusion{reason, excluded[reason]})
	}
}

func methodsOf(t *route.Template) (out []string) {
	for _, m := range t.Methods {
		out = append(out, m.Method)
	}
	return out
}

// endpointsOf returns the endpoints of one method of a template: one for the URL, and one for each
// variant.
func endpointsOf(t *route.Template, mf route.MethodFacts) []*endpoint {
	facts := mf.Payload.(*methodFacts)
	var out []*endpoint
	add := func(facts *methodFacts, v call.Variant) {
		if facts.seen > 0 {
			if facts.judged() == 0 { // the refused requests show what clients send
				own := *facts
				own.requestFacts, facts = facts.refused.sent, &own
			}
			out = append(out, &endpoint{template: t, method: mf.Method, facts: facts, variant: v,
				refused: mf.Refused, choices: mf.Choices,
				path: t.String() + v.Fragment(), segments: segmentsOf(t), access: &security.Access{}})
		}
	}
	for _, keys := range variantKeys(facts.variants) {
		of := facts.variants.Get(keys[0]).m
		if len(keys) > 1 { // a query and a mutation of one name have one path, and so one operation
			of = newMethodFacts()
			for _, k := range keys {
				of.Merge(facts.variants.Get(k).m)
			}
		}
		add(of, variantOf(keys[0]))
	}
	if facts.variants.Overflowed() { // more variants than the facts hold: the others are of the URL
		merged := newMethodFacts()
		merged.Merge(facts)
		merged.Merge(facts.variants.Pooled().m)
		facts = merged
	}
	add(facts, call.Variant{})
	return out
}

// variantOf returns the variant with this key in the facts. See [methodFacts.at].
func variantOf(key string) call.Variant {
	i := strings.LastIndexByte(key, ' ')
	return call.Variant{Kind: key[:i], Name: key[i+1:]}
}

// variantKeys returns the keys of variants, in groups that have one fragment. A kind other than
// [call.KindPersisted] comes first, since it says more.
func variantKeys(variants *bottomk.Map[*variantFacts]) [][]string {
	var out [][]string
	index := map[string]int{} // by fragment
	for _, key := range variants.Names() {
		fragment := variantOf(key).Fragment()
		i, ok := index[fragment]
		switch {
		case !ok:
			index[fragment] = len(out)
			out = append(out, []string{key})
		case variantOf(out[i][0]).Kind == call.KindPersisted:
			out[i] = append([]string{key}, out[i]...)
		default:
			out[i] = append(out[i], key)
		}
	}
	return out
}

// segmentsOf returns the segments of a template for names.
func segmentsOf(t *route.Template) []naming.Segment {
	var out []naming.Segment
	for _, s := range t.Segments {
		var segment naming.Segment
		chunks := s.Chunks
		if i := slices.IndexFunc(chunks, isMatrix); i > 0 { // it modifies what the segment names
			chunks = chunks[:i]
		}
		for _, chunk := range chunks {
			if chunk.Param != nil {
				segment.Params = append(segment.Params, chunk.Param.Name)
			} else if len(chunks) == 1 {
				segment.Literal = readable(chunk.Literal)
			}
		}
		out = append(out, segment)
	}
	if n := len(out); n > 0 && t.Extension != "" { // most paths have it, so it says nothing
		out[n-1].Literal = strings.TrimSuffix(out[n-1].Literal, t.Extension)
	}
	return out
}

// isMatrix reports whether a matrix parameter begins in the middle of a segment.
func isMatrix(c route.Chunk) bool { return strings.HasPrefix(c.Literal, ";") }

// readable returns a percent-encoded literal for names: decoded, and without the marks of letters,
// so that caf%C3%A9 gives cafe. It returns invalid UTF-8 unchanged.
func readable(literal string) string {
	text, err := url.PathUnescape(literal)
	if err != nil || text == literal || !utf8.ValidString(text) {
		return literal
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(text))
}

// exclusion returns the reason why the endpoint is no operation, "" if it is one.
func (e *endpoint) exclusion(opts *Options) string {
	if !isDescribed(e.method, opts.AllMethods) {
		return ReasonMethod
	}
	if opts.Corrections.LeavesOut(e.method, e.template) {
		return ReasonCorrected
	}
	if e.template.Overflow {
		return ReasonOverflow
	}
	reason := excludedStatuses(sortedKeys(e.facts.responses))
	if reason == ReasonNotServed || reason == ReasonNotFound && e.template.NotFound {
		return reason
	}
	switch {
	case e.variant.IsGraphQL() && !e.facts.hasData():
		return ReasonNoData
	case e.refused:
		return ReasonRefused
	case e.isData:
		return ReasonData
	}
	if e.method == "GET" && e.facts.oauth.IsAuthorization() {
		return "" // browsers are redirected from it, or shown a page
	}
	if isRead := e.method == "GET" || e.method == "HEAD"; isRead && e.facts.redirects == e.facts.seen {
		return ReasonRedirect
	}
	if e.method == "GET" && e.facts.hasOnlyPages() {
		return ReasonPage
	}
	return ""
}

// hasData reports whether a call of a GraphQL operation may have had a result. A refusal is an
// error status, or an object with errors and without data (GraphQL over HTTP, section 6.4).
func (m *methodFacts) hasData() bool {
	for status, r := range m.responses {
		if status >= 500 || status < 400 && r.media.Len() == 0 {
			return true
		}
		for f := range r.media.Values() {
			if status < 400 && (f.body == nil || f.body.HasMember("data") || !f.body.HasMember("errors")) {
				return true
			}
		}
	}
	return false
}

// unchanged counts the responses that the document leaves out because others of the operation say
// more.
func (e *endpoint) unchanged() (n int64) {
	for status, r := range e.facts.responses {
		if e.omitsStatus(status) {
			n += r.seen
		}
	}
	return n
}

// omitsStatus reports whether the document leaves out a status of the operation.
func (e *endpoint) omitsStatus(status int) bool {
	return len(e.facts.responses) > 1 && IsUnchanged(e.method, status)
}

// hasOnlyPages reports whether all responses with a body were HTML, some of them with a status
// below 300.
func (m *methodFacts) hasOnlyPages() bool {
	hasPage := false
	for status, r := range m.responses {
		for _, t := range r.media.Names() {
			switch {
			case status >= 300 && t == mediaKey("text/html", "text/plain"): // a short error
			case t != "text/html" && t != "application/xhtml+xml":
				return false
			case status < 300:
				hasPage = true
			}
		}
	}
	return hasPage
}
