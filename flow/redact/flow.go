package redact

import (
	"bytes"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// Flow redacts a whole flow. Bodies that change come out decoded, and their headers say so; a body that cannot be
// decoded is left out and marked as truncated. A secret known by its place goes wherever else the flow repeats it, such
// as a token in an error message. The flow given is not changed.
func (r *Redactor) Flow(f flow.Flow) flow.Flow {
	for range maxRounds {
		one := *r
		one.took = &taken{}
		f = one.flow(f)
		echoed := false
		if len(one.took.values) > 0 {
			f, echoed = r.echoes(f, one.took.values)
		}
		if !echoed { // what stands around an echo may read otherwise now
			break
		}
	}
	return f
}

func (r *Redactor) flow(f flow.Flow) flow.Flow {
	f.Err = r.Text(f.Err)
	q := &f.Request
	q.Path = r.Path(q.Path)
	q.RawQuery = r.Query(q.RawQuery)
	q.Header, q.Body = r.message(q.Header, q.Body)
	q.Header, q.Trailer = r.Header(q.Header), r.Header(q.Trailer)
	if f.Response != nil {
		a := *f.Response
		a.Header, a.Body = r.message(a.Header, a.Body)
		a.Header, a.Trailer = r.Header(a.Header), r.Header(a.Trailer)
		f.Response = &a
	}
	f.Messages = withData(f.Messages, func(data []byte) []byte { return r.Body("", data) })
	return f
}

// withData applies redact to the data of messages. It returns ms itself when nothing changes.
func withData(ms []flow.Message, redact func([]byte) []byte) []flow.Message {
	out := ms
	for i := range ms {
		data := redact(ms[i].Data)
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

// message redacts a body, and makes the header fit it where it changed.
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
		complete, err = !b.Truncated, nil // only the charset is wrong: judged as the bytes that it is
	}
	red := r.Body(h.Get("Content-Type"), data)
	if err == nil && complete == !b.Truncated && bytes.Equal(red, data) {
		return h, b
	}
	out := flow.Body{Data: red, Size: int64(len(red)), Truncated: !complete || err != nil}
	if out.Truncated {
		out.Size = max(b.Size, out.Size)
	}
	return plainHeader(h, len(red)), out
}

// plainHeader is a message's header once its body is decoded and has n bytes.
func plainHeader(h flow.Header, n int) flow.Header {
	out := make(flow.Header, 0, len(h))
	for _, f := range h {
		switch {
		case strings.EqualFold(f.Name, "Content-Encoding"):
			continue
		case strings.EqualFold(f.Name, "Content-Length"):
			f.Value = strconv.Itoa(n)
		case strings.EqualFold(f.Name, "Content-Type"):
			mt := decode.MediaType(f.Value)
			if cs := decode.Param(f.Value, "charset"); cs != "" && !strings.EqualFold(cs, "utf-8") && !decode.IsMultipart(mt) {
				f.Value = mt + "; charset=utf-8"
			}
		}
		out = append(out, f)
	}
	return out
}

// maxTaken bounds how many secrets of one flow are looked for in the rest of it.
const maxTaken = 64

// taken are the secrets of one flow that only their place or name told.
type taken struct{ values []string }

// add remembers a value that would not be known by its form, and is no word that stands in texts by itself.
func (t *taken) add(kind, value string) {
	if t == nil || kind != kindSecret || len(value) < 6 || len(value) > 4096 || len(t.values) == maxTaken {
		return
	}
	c := countClasses(value)
	if c.digit == 0 || c.upper+c.lower == 0 || slices.Contains(t.values, value) {
		return
	}
	t.values = append(t.values, value)
}

// echoes replaces values that were taken from one place of a flow in all others. found says whether there were any.
func (r *Redactor) echoes(f flow.Flow, values []string) (out flow.Flow, found bool) {
	var pairs []string
	// A value may be part of another: the longer one first.
	slices.SortFunc(values, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	for _, v := range values {
		mark := r.mark(kindSecret, v)
		pairs = append(pairs, v, mark)
		if e := url.QueryEscape(v); e != v {
			pairs = append(pairs, e, mark)
		}
	}
	replacer := strings.NewReplacer(pairs...)
	text := func(s string) string {
		for i := 0; i < len(pairs); i += 2 {
			if strings.Contains(s, pairs[i]) {
				out := replaceOutside(s, replacer)
				found = found || out != s
				return out
			}
		}
		return s
	}
	f.Err = text(f.Err)
	q := &f.Request
	q.Path, q.RawQuery = text(q.Path), text(q.RawQuery)
	echoMessage(&q.Header, &q.Trailer, &q.Body, text)
	if f.Response != nil {
		echoMessage(&f.Response.Header, &f.Response.Trailer, &f.Response.Body, text) // a copy already
	}
	f.Messages = withData(f.Messages, func(data []byte) []byte { return []byte(text(string(data))) })
	return f, found
}

// replaceOutside replaces outside placeholders, whose hexadecimal digits could hold a short value.
func replaceOutside(s string, replacer *strings.Replacer) string {
	var b strings.Builder
	for {
		i := strings.Index(s, markStart)
		if i < 0 {
			b.WriteString(replacer.Replace(s))
			return b.String()
		}
		n := max(markLen(s[i:]), len(markStart))
		b.WriteString(replacer.Replace(s[:i]))
		b.WriteString(s[i : i+n])
		s = s[i+n:]
	}
}

func echoMessage(h, trailer *flow.Header, b *flow.Body, text func(string) string) {
	*h, *trailer = echoHeader(*h, text), echoHeader(*trailer, text)
	encodings, err := decode.Encodings(*h)
	if err != nil || len(b.Data) == 0 {
		return
	}
	data := b.Data
	if len(encodings) > 0 { // untouched so far, so still as it was sent
		plain, complete, err := decode.Body(*h, *b, 0)
		if err != nil || !complete {
			return
		}
		data = plain
	}
	if out := text(stringOf(data)); !bytes.Equal([]byte(out), data) {
		*b = flow.Body{Data: []byte(out), Size: int64(len(out)), Truncated: b.Truncated}
		*h = plainHeader(*h, len(out))
	}
}

func echoHeader(h flow.Header, text func(string) string) flow.Header {
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
