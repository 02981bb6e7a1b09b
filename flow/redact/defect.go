package redact

import (
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact/mark"
)

// onDefect is called with the panic that [hide] ends. The tests of this package let it go on.
var onDefect = func(any) {}

// hide sets *out to a placeholder for original if the function that defers it panics. Foreign input
// must neither end a program that redacts it, such as a gateway, nor be shown.
func hide[T ~string | ~[]byte](r *Redactor, out *T, original T) {
	if p := recover(); p != nil {
		onDefect(p)
		*out = T(r.unread(string(original)))
	}
}

// unread returns the placeholder for all of a text. A path stays one.
func (r *Redactor) unread(text string) string {
	r.trace.because(isUnread)
	if rest, isPath := strings.CutPrefix(text, "/"); isPath {
		return "/" + r.placeholderOfKind(mark.Unread, rest)
	}
	return r.placeholderOfKind(mark.Unread, text)
}

// hideFlow is hide for a flow. Nothing but numbers, times, method and host remain.
func (r *Redactor) hideFlow(out *flow.Flow, f flow.Flow) {
	p := recover()
	if p == nil {
		return
	}
	onDefect(p)
	q := f.Request
	f.Request = flow.Request{
		Method: q.Method, Scheme: q.Scheme, Authority: q.Authority, Proto: q.Proto,
		Path: r.unread(q.Path), Body: hiddenBody(q.Body),
	}
	if a := f.Response; a != nil {
		f.Response = &flow.Response{Status: a.Status, Proto: a.Proto, Body: hiddenBody(a.Body)}
	}
	f.Messages, f.Err = nil, "hidden, because redaction failed: a defect of spectap"
	*out = f
}

func hiddenBody(b flow.Body) flow.Body { return flow.Body{Size: b.Size, Truncated: true} }
