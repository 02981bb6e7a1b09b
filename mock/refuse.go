package mock

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
)

// refuse returns the answer to a request that the API would refuse, or nil. What is only inferred
// counts if the operation was seen to refuse requests.
func (m *Mock) refuse(ctx context.Context, o *operation, x, hidden *exchange) *answer {
	if m.lacks(x) {
		// Servers may answer as if nothing were there.
		if from := o.where(m.lacks); len(from) > 0 {
			return recorded(nearest(hidden, from))
		}
		if a := m.failure(o, hidden, func(n int) bool { return n == 401 }, false); a != nil {
			return a
		}
		return problem(http.StatusUnauthorized, "the request lacks the credentials that the document demands")
	}
	if r := m.refusedLike(o, hidden); r != nil {
		return recorded(r)
	}
	refuses := len(o.where(func(r *exchange) bool { return isInvalid(r.status()) })) > 0
	declared := x.match.Operation.Responses
	if !refuses && (openapi.IsInferred(m.c.Doc) || declared.Value("400") == nil && declared.Value("422") == nil) {
		return nil
	}
	for _, d := range m.checker.Request(ctx, x.flow).Mismatches {
		if d.Rule == check.RuleQueryUndeclared || d.Rule == check.RuleBodyUndeclared {
			continue // servers ignore them
		}
		if a := m.failure(o, hidden, isInvalid, true); a != nil {
			return a
		}
		return problem(http.StatusBadRequest, d.Where+": "+d.Message)
	}
	return nil
}

// refusedLike returns a recorded refusal of values that a request has: of all of them, of the only
// one that no accepted request has, or of another than the only one ever accepted (a password).
func (m *Mock) refusedLike(o *operation, x *exchange) *exchange {
	fine := o.where((*exchange).isFine)
	accepts := func(at string, v any) bool {
		return slices.ContainsFunc(fine, func(f *exchange) bool { return same(f.leaves[at], v) })
	}
	for _, r := range slices.Backward(o.where(func(r *exchange) bool {
		return (isInvalid(r.status()) || r.document != "" && !r.isFine() || o.role == 0 && (r.status() == 401 || r.status() == 403)) && !m.lacks(r)
	})) {
		odd := slices.DeleteFunc(slices.Collect(maps.Keys(r.leaves)), func(at string) bool { return accepts(at, r.leaves[at]) })
		if len(odd) == 0 {
			continue // the values do not say why
		}
		at, v := odd[0], x.leaves[odd[0]]
		varies := func(f *exchange) bool { return !same(f.leaves[at], fine[0].leaves[at]) }
		isWhole := func(f *exchange) bool { return len(leavesOf(overlay(r.sent, f.sent))) == len(r.leaves) }
		if maps.EqualFunc(r.leaves, x.leaves, same) || len(odd) == 1 && v != nil && slices.ContainsFunc(fine, isWhole) &&
			(same(v, r.leaves[at]) || o.role == 0 && !accepts(at, v) && !slices.ContainsFunc(fine, varies)) {
			return r
		}
	}
	return nil
}

func (m *Mock) lacks(x *exchange) bool {
	_, s := m.checker.Lacks(&x.match, &x.flow.Request)
	return s != ""
}

// isInvalid reports whether a status says that a request is not as the API demands.
func isInvalid(status int) bool { return status == 400 || status == 415 || status == 422 }

// failure returns the recorded refusal with a status that is nearest to a request: that of the
// operation or else, unless ownOnly, of another. It is nil if there is none.
func (m *Mock) failure(o *operation, x *exchange, is func(status int) bool, ownOnly bool) *answer {
	refused := func(r *exchange) bool { return r.status() >= 400 && is(r.status()) && r.ok == x.ok }
	from := o.where(refused)
	if !ownOnly && len(from) == 0 {
		from = m.failures.where(refused)
	}
	if len(from) == 0 {
		return nil
	}
	return recorded(nearest(x, from))
}

// missing answers a request for what is not there.
func (m *Mock) missing(o *operation, x *exchange) *answer {
	if x.document != "" && o != nil && o.role != 0 {
		return recorded(nearest(x, o.where((*exchange).isFine))).show(o, nil)
	}
	if a := m.failure(o, x, func(n int) bool { return n == 404 || n == 410 || !x.ok && n == 405 }, false); a != nil {
		return a
	}
	return problem(http.StatusNotFound, "neither the document nor the state has what the path names")
}

// problem is an answer for which no flow has a form (RFC 9457).
func problem(status int, detail string) *answer {
	body := encode(map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail})
	return &answer{status: status, header: flow.Header{{Name: "Content-Type", Value: "application/problem+json"}}, body: body, how: "no recorded answer"}
}

// answer is what a client gets.
type answer struct {
	status int
	header flow.Header
	body   []byte
	how    string    // the value of HowHeader
	like   *exchange // the recorded answer that it follows, or nil
}

// where returns the recorded exchanges that a function selects, of which the answer is complete.
func (o *operation) where(f func(r *exchange) bool) (out []*exchange) {
	if o == nil {
		return nil
	}
	for _, r := range o.all {
		if r.usable && f(r) {
			out = append(out, r)
		}
	}
	return out
}

// nearest returns the exchange whose request is most like x: with most equal parameters and
// members, and fewest others. The newest of several wins.
func nearest(x *exchange, from []*exchange) *exchange {
	best, most := from[len(from)-1], -1<<30
	for _, r := range slices.Backward(from) {
		other, n := maps.Clone(r.values), 0
		for name, v := range x.values {
			if w, ok := other[name]; ok && same(v, w) {
				n += 4
			} else if !ok {
				n -= 2
			}
			delete(other, name)
		}
		if n -= 2 * len(other); x.flow.Request.Path == r.flow.Request.Path {
			n += 2
		}
		if n > most {
			best, most = r, n
		}
	}
	return best
}

// ownHeaders are headers of a recorded answer that say nothing of the one that is served.
const ownHeaders = " date content-encoding content-length etag last-modified age alt-svc strict-transport-security vary "

// recorded returns a recorded answer.
func recorded(r *exchange) *answer {
	a := &answer{status: r.status(), body: r.data, like: r, how: "the document's example"}
	if n := r.flow.Seq; n > 0 {
		a.how = fmt.Sprintf("recorded, flow %d", n)
	}
	for _, h := range r.flow.Response.Header {
		if !flow.IsTransportHeader(h.Name) && !strings.Contains(ownHeaders, " "+strings.ToLower(h.Name)+" ") {
			a.header = append(a.header, h)
		}
	}
	return a
}

// answerRecorded answers with the nearest recorded answer of the operation, or nil without one.
func (m *Mock) answerRecorded(o *operation, x, hidden *exchange) *answer {
	from := o.where(func(r *exchange) bool { return r.status() >= 200 && r.status() != 304 && r.status() != 401 })
	if len(from) == 0 {
		return nil
	}
	a := recorded(nearest(hidden, from))
	got := a.like.got
	for at, v := range leavesOf(got) { // what echoed a member of that request echoes that of this one
		for sent, was := range a.like.leaves {
			if now, has := x.leaves[sent]; has && strings.HasSuffix(sent, at[max(strings.LastIndex(at, "/"), 0):]) && same(was, v) && !same(now, v) {
				got = with(got, at, typed(now, v))
				a.body = encode(got)
			}
		}
	}
	return a
}
