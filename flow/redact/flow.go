package redact

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/scan"
)

// Flow redacts a flow. It does not change f. A body with redacted values is returned decoded, with
// headers to match; a body that redaction cannot read is omitted (flow.Body.Omitted). A secret that
// is recognized by its name or header is also replaced wherever else the flow repeats it, such as
// in an error message.
func (r *Redactor) Flow(f flow.Flow) (out flow.Flow) {
	r = r.For(&f)
	defer r.hideFlow(&out, f)
	r.cfg.Used.Await(f.Last)
	if r.read != nil && r.standIns == nil {
		f = r.read(f)
	}
	for range maxRounds {
		one := *r
		one.known = &known{}
		f = one.redactFlow(f)
		repeated := false
		if f, repeated = r.repeats(f, one.known); !repeated { // a new placeholder may change how the text around it reads
			break
		}
	}
	return f
}

// For returns a redactor for the texts of a flow, whose placeholders are those of [Redactor.Flow].
//
// Who chose a text must not learn from its placeholders whether it is a secret of someone else. An
// agent chose the requests of a scope, or all of it, and an API may return parts of them: all
// placeholders of a scope are its own. A site chose its responses, and the requests that its pages
// send to others, and an API may return a request that a rule changed: the placeholders of what can
// be guessed belong to an origin, page and rule ([Redactor.keyOf]).
func (r *Redactor) For(f *flow.Flow) *Redactor {
	one := *r
	if scope := f.Scope(); scope != "" {
		one.key, one.cfg.Used = derivedKey(r.key, scope), nil
	}
	if f.Request.Authority == "" || len(r.key) == 0 {
		return &one
	}
	by := ""
	if strings.EqualFold(f.Request.Header.Get("Sec-Fetch-Site"), "cross-site") {
		by = "\x00" + f.Request.Header.Get("Origin")
	}
	if f.Request.Changed != 0 {
		by += "\x00" + string(f.ID[:])
	}
	one.site = siteOf(f.Request.Authority) + by
	one.originKey = derivedKey(one.key, "origin\x00"+f.Request.Origin()+by)
	return &one
}

// Own is [Redactor.For] without what other flows of the store say: whether it hides a text depends
// on the text alone.
func (r *Redactor) Own(f *flow.Flow) *Redactor {
	one := r.For(f)
	one.cfg.Used = nil
	return one
}

func derivedKey(key []byte, use string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(use))
	return mac.Sum(nil)
}

// siteOf returns the registrable domain of an authority. One without such a domain, as an address
// is, stands for itself.
func siteOf(authority string) string {
	host := (&url.URL{Host: authority}).Hostname()
	if _, err := netip.ParseAddr(host); err == nil {
		return authority
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return authority
	}
	return domain
}

// redactFlow redacts each side of a flow by itself.
func (r *Redactor) redactFlow(f flow.Flow) flow.Flow {
	f.Err = r.Text(f.Err)
	q := &f.Request
	context := contextOf(scan.Unescape(q.Path))
	request, answer := *r, r.answering(q, context)
	request.context, request.context.ListsCodes = context, false
	q.Path = r.Path(q.Path)
	q.RawQuery = request.Query(q.RawQuery)
	q.Header, q.Body = request.message(q.Header, q.Body)
	q.Header, q.Trailer = r.Header(q.Header), r.Header(q.Trailer)
	if f.Response != nil {
		a := *f.Response
		a.Header, a.Body = answer.message(a.Header, a.Body)
		a.Header, a.Trailer = r.Header(a.Header), r.Header(a.Trailer)
		f.Response = &a
	}
	f.Messages = r.messages(f.Messages, r.answeringMessages(f.Messages))
	return f
}

// message redacts a body. If the body changes, it adapts the header.
func (r *Redactor) message(h flow.Header, b flow.Body) (flow.Header, flow.Body) {
	if len(b.Data) == 0 {
		return h, b
	}
	data, complete, err := r.cfg.Budget.Body(h, b, r.cfg.MaxBody)
	if errors.Is(err, decode.ErrBudget) {
		return h, r.omitted(b, err.Error())
	}
	encodings, _ := decode.Encodings(h)
	if errors.Is(err, decode.ErrEncoding) || err != nil && len(encodings) > 0 && len(data) == 0 {
		return h, r.omitted(b, undecodable)
	}
	if err != nil && len(encodings) == 0 {
		complete, err = !b.Truncated, nil // only the charset is invalid: redact the bytes as they are
	}
	if isFragment(h) || !r.canRead(h.Get("Content-Type"), data) {
		why := unreadable
		if decode.IsProtobuf(h.MediaType()) && r.read != nil {
			why = misnamed
		} else if decode.IsProtobuf(h.MediaType()) {
			why = unnamed
		}
		return h, r.omitted(b, why)
	}
	red := r.Body(h.Get("Content-Type"), data)
	if err == nil && complete == !b.Truncated && bytes.Equal(red, data) {
		return h, b
	}
	out := flow.Body{Data: red, Size: int64(len(red)), Truncated: !complete || err != nil}
	if out.Truncated {
		out.Size = max(b.Size, out.Size)
	}
	return decode.Header(h, len(red)), out
}

// replaceInFlow applies text to the texts of a redacted flow, whose response is a copy. escape is
// how a value is written there, or nil.
func replaceInFlow(f flow.Flow, text func(s string, escape func(string) string) string) flow.Flow {
	plain := func(s string) string { return text(s, nil) }
	inMessage := func(h, trailer *flow.Header, b *flow.Body) {
		*h, *trailer = replaceInHeader(*h, plain), replaceInHeader(*trailer, plain)
		if len(b.Data) == 0 {
			return
		}
		data, complete, err := decode.Body(*h, *b, 0) // not redacted, so still as sent
		if err != nil || !complete && !b.Truncated {  // of an unknown charset, or very large
			data, complete = b.Data, !b.Truncated
		}
		in := plain
		if decode.IsForm(h.MediaType()) {
			in = func(s string) string { return text(s, url.QueryEscape) }
		}
		if out := replace(h.MediaType(), data, in); !bytes.Equal(out, data) {
			*b = flow.Body{Data: out, Size: int64(len(out)), Truncated: !complete}
			*h = decode.Header(*h, len(out))
		}
	}
	q := &f.Request
	q.Path, q.RawQuery = text(q.Path, url.PathEscape), text(q.RawQuery, url.QueryEscape)
	inMessage(&q.Header, &q.Trailer, &q.Body)
	if a := f.Response; a != nil {
		inMessage(&a.Header, &a.Trailer, &a.Body)
	}
	f.Messages = eachMessage(f.Messages, func(m *flow.Message) { setData(m, replace("", m.Data, plain)) })
	return f
}

// replaceInHeader applies text to header values. It returns h itself if nothing changes.
func replaceInHeader(h flow.Header, text func(string) string) flow.Header {
	return each(h, func(f *flow.Field) bool {
		before := f.Value
		f.Value = text(f.Value)
		return f.Value != before
	})
}

// each applies edit, which reports whether it changes something, to a copy of each element. It
// returns the list itself if nothing changes.
func each[S ~[]E, E any](list S, edit func(*E) bool) S {
	out := list
	for i := range list {
		e := list[i]
		if !edit(&e) {
			continue
		}
		if &out[0] == &list[0] {
			out = slices.Clone(list)
		}
		out[i] = e
	}
	return out
}
