package redact

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"slices"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/lex"
)

// Flow redacts a whole flow. It does not change f. A body with redacted values comes out decoded,
// with headers to match; a body that cannot be decoded is removed and marked as truncated. A secret
// recognized by its name or header is also replaced wherever else the flow repeats it, such as in
// an error message.
func (r *Redactor) Flow(f flow.Flow) (out flow.Flow) {
	defer r.hideFlow(&out, f)
	if scope := f.Scope(); scope != "" {
		r = r.apart(scope)
	}
	for range maxRounds {
		one := *r
		one.found = &foundSecrets{}
		f = one.redactFlow(f)
		echoed := false
		if len(one.found.values)+len(one.found.words) > 0 {
			f, echoed = r.replaceRepeated(f, one.found)
		}
		if !echoed { // a new placeholder may change how the text around it reads
			break
		}
	}
	return f
}

// apart returns a redactor whose placeholders differ from those of other scopes. An agent chose the
// requests of such a scope, or all of it, and an API may return parts of them: a placeholder that
// occurs in captured flows would say whether a guess of the agent is a captured secret.
func (r *Redactor) apart(scope string) *Redactor {
	mac := hmac.New(sha256.New, r.key)
	mac.Write([]byte(scope))
	one := *r
	one.key = mac.Sum(nil)
	return &one
}

// redactFlow redacts each side of a flow by itself.
func (r *Redactor) redactFlow(f flow.Flow) flow.Flow {
	f.Err = r.Text(f.Err)
	q := &f.Request
	toBody := *r
	toBody.path = ofRequest(lex.Unescape(q.Path))
	answer := r.answering(q)
	q.Path = r.Path(q.Path)
	toQuery := *r
	toQuery.path = pathWords{typed: toBody.path.typed, linked: toBody.path.linked}
	q.RawQuery = toQuery.Query(q.RawQuery)
	q.Header, q.Body = toBody.message(q.Header, q.Body)
	q.Header, q.Trailer = r.Header(q.Header), r.Header(q.Trailer)
	if f.Response != nil {
		a := *f.Response
		a.Header, a.Body = answer.message(a.Header, a.Body)
		a.Header, a.Trailer = r.Header(a.Header), r.Header(a.Trailer)
		f.Response = &a
	}
	answer = answer.answeringMessages(f.Messages)
	f.Messages = withData(f.Messages, func(m *flow.Message) []byte {
		if m.FromClient {
			return r.Body("", m.Data)
		}
		return answer.Body("", m.Data)
	})
	return f
}

// withData applies redact to the data of messages. It returns ms itself if nothing changes.
func withData(ms []flow.Message, redact func(*flow.Message) []byte) []flow.Message {
	out := ms
	for i := range ms {
		data := redact(&ms[i])
		if bytes.Equal(data, ms[i].Data) {
			continue
		}
		if &out[0] == &ms[0] {
			out = slices.Clone(ms)
		}
		out[i].Data = data
		if out[i].Size = int64(len(data)); ms[i].Truncated {
			out[i].Size = max(ms[i].Size, out[i].Size)
		}
	}
	return out
}

// message redacts a body. If the body changes, it adapts the header.
func (r *Redactor) message(h flow.Header, b flow.Body) (flow.Header, flow.Body) {
	if len(b.Data) == 0 {
		return h, b
	}
	data, complete, err := decode.Body(h, b, r.cfg.MaxBody)
	if errors.Is(err, decode.ErrEncoding) {
		return h, flow.Body{Size: b.Size, Truncated: true}
	}
	encodings, _ := decode.Encodings(h)
	if err != nil && len(encodings) == 0 {
		complete, err = !b.Truncated, nil // only the charset is invalid: redact the bytes as they are
	}
	redact := r.Body
	if isFragment(h) {
		redact = r.fragment
	}
	red := redact(h.Get("Content-Type"), data)
	if err == nil && complete == !b.Truncated && bytes.Equal(red, data) {
		return h, b
	}
	out := flow.Body{Data: red, Size: int64(len(red)), Truncated: !complete || err != nil}
	if out.Truncated {
		out.Size = max(b.Size, out.Size)
	}
	return decode.Header(h, len(red)), out
}

// replaceInMessage applies text to a header, a trailer and a body.
func replaceInMessage(h, trailer *flow.Header, b *flow.Body, text func(string) string) {
	*h, *trailer = replaceInHeader(*h, text), replaceInHeader(*trailer, text)
	if len(b.Data) == 0 {
		return
	}
	data, complete, err := decode.Body(*h, *b, 0) // not redacted, so still as sent
	if err != nil || !complete && !b.Truncated {  // of an unknown charset, or very large
		data, complete = b.Data, !b.Truncated
	}
	if out := replace(h.MediaType(), data, text); !bytes.Equal(out, data) {
		*b = flow.Body{Data: out, Size: int64(len(out)), Truncated: !complete}
		*h = decode.Header(*h, len(out))
	}
}

// replaceInHeader applies text to header values. It returns h itself if nothing changes.
func replaceInHeader(h flow.Header, text func(string) string) flow.Header {
	out := h
	for i, f := range h {
		v := text(f.Value)
		if v == f.Value {
			continue
		}
		if &out[0] == &h[0] {
			out = slices.Clone(h)
		}
		out[i].Value = v
	}
	return out
}
