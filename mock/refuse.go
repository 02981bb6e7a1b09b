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

func (m *Mock) lacks(x *exchange) bool { return m.checker.Lacks(&x.match, &x.flow.Request) != "" }

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
	values := func(x *exchange) map[string]any {
		out := maps.Clone(x.leaves)
		for _, all := range []map[string]string{x.path, x.query} {
			for name, v := range all {
				out[name] = v
			}
		}
		return out
	}
	own := values(x)
	best, most := from[len(from)-1], -1<<30
	for _, r := range slices.Backward(from) {
		other, n := values(r), 0
		for name, v := range own {
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
	from := o.where(func(r *exchange) bool { return r.status() != 304 && r.status() != 401 })
	if len(from) == 0 {
		return nil
	}
	a := recorded(nearest(hidden, from))
	_, isRPC := at(a.like.got, "/jsonrpc") // whose answer has the id of its request
	if id, has := at(x.sent, "/id"); isRPC && has {
		a.body = encode(with(a.like.got, "/id", id))
	}
	return a
}
