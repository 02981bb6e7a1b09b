package traffic

import (
	"context"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/page/wire"
)

// maxBody bounds the decoded body that the page gets, in bytes.
const maxBody = 64 << 20

// FlowQuery names a flow.
type FlowQuery struct {
	Seq flow.Seq `json:"seq"`
}

// Detail is a flow without its bodies.
type Detail struct {
	Row      Row      `json:"row"`
	URL      string   `json:"url"`
	Source   string   `json:"source"`
	Error    string   `json:"error,omitempty"`
	Messages int      `json:"messages,omitzero"` // of a WebSocket
	Request  Message  `json:"request"`
	Response *Message `json:"response,omitempty"`
}

// Message is a request or response.
type Message struct {
	Proto    string   `json:"proto,omitempty"`
	Headers  []Header `json:"headers"`
	Trailers []Header `json:"trailers"`
	Body     Body     `json:"body"`
	// Changed names the parts that a rule of the proxy changed on the way.
	Changed string `json:"changed,omitempty"`
}

// Header is a header line.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Body describes a body.
type Body struct {
	Type string `json:"type,omitempty"` // the Content-Type
	Size int64  `json:"size"`           // bytes on the wire
	Kept int64  `json:"kept"`           // bytes of them in the store
	Note string `json:"note,omitempty"` // why the end is missing, see [flow.Body.Truncation]
}

func (p *panel) flow(ctx context.Context, in FlowQuery) (Detail, error) {
	f, err := p.get(ctx, in.Seq)
	if err != nil {
		return Detail{}, err
	}
	shown := p.redact(f)
	out := Detail{
		Row: p.row(&f), URL: shown.Request.URL(), Source: f.Source, Error: shown.Failure(), Messages: len(f.Messages),
		Request: message(shown.Request.Proto, shown.Request.Header, shown.Request.Trailer, f.Request.Body, shown.Request.Changed),
	}
	if r := shown.Response; r != nil {
		m := message(r.Proto, r.Header, r.Trailer, f.Response.Body, r.Changed)
		m.Body.Note = f.ResponseTruncation()
		if f.Response.Body.Truncated && !f.Done {
			m.Body.Note = "so far"
		}
		out.Response = &m
	}
	out.Request.Body.Note = f.Request.Body.Truncation(f.Request.Header)
	return out, nil
}

// message describes a message from its redacted headers and its body as recorded.
func message(proto string, h, t flow.Header, b flow.Body, c flow.Change) Message {
	return Message{Proto: proto, Headers: headers(h), Trailers: headers(t), Changed: c.String(),
		Body: Body{Type: h.Get("Content-Type"), Size: b.Size, Kept: int64(len(b.Data))}}
}

func headers(h flow.Header) (out []Header) {
	for _, f := range h {
		out = append(out, Header{f.Name, f.Value})
	}
	return out
}

// BodyQuery names a body.
type BodyQuery struct {
	Seq      flow.Seq `json:"seq"`
	Response bool     `json:"response"`
}

// body returns a body without secrets, decoded as UTF-8. For a body that redaction cannot read it
// returns the digest, and for a picture the unchanged bytes, which the viewer of the page may see.
func (p *panel) body(ctx context.Context, in BodyQuery) (*wire.File, error) {
	f, err := p.get(ctx, in.Seq)
	if err != nil {
		return nil, err
	}
	shown := p.redact(f)
	_, redacted, _ := bodyOf(&shown, in.Response)
	if redacted.Omitted == "" {
		return bodyFile(&shown, in.Response)
	}
	h, b, _ := bodyOf(&f, in.Response)
	if data, _, err := decode.Bytes(h, b, maxBody); err == nil && strings.HasPrefix(h.MediaType(), "image/") {
		return file(data), nil
	}
	return file([]byte(redacted.Omitted)), nil
}

// bodyOf returns the body of a flow, and the header that describes it. ok is false if there is no
// response.
func bodyOf(f *flow.Flow, response bool) (h flow.Header, b flow.Body, ok bool) {
	switch {
	case !response:
		return f.Request.Header, f.Request.Body, true
	case f.Response != nil:
		return f.Response.Header, f.Response.Body, true
	}
	return nil, flow.Body{}, false
}

// bodyFile returns a body of a flow, decoded.
func bodyFile(f *flow.Flow, response bool) (*wire.File, error) {
	h, b, ok := bodyOf(f, response)
	if !ok {
		return nil, &wire.Error{Message: "there is no response", NotFound: true}
	}
	read := decode.Bytes
	if decode.IsText(h.MediaType()) {
		read = decode.Body
	}
	data, _, err := read(h, b, maxBody)
	if err != nil && len(data) == 0 {
		data = b.Data // shown as it is, with its content encoding
	}
	if values, ok := decode.Packed(h.MediaType(), data); ok && err == nil {
		data = values
	}
	return file(data), nil
}

func file(data []byte) *wire.File {
	return &wire.File{Name: "body", Type: "application/octet-stream", Write: func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}}
}

// MessagesQuery selects messages of a WebSocket.
type MessagesQuery struct {
	Seq    flow.Seq `json:"seq"`
	Offset int      `json:"offset,omitzero"`
}

// Messages are messages of a WebSocket in order of time.
type Messages struct {
	Messages []SocketMessage `json:"messages"`
	Total    int             `json:"total"`
}

// SocketMessage is one message of a WebSocket.
type SocketMessage struct {
	At         float64 `json:"at"` // milliseconds after the start of the flow
	FromClient bool    `json:"from_client,omitzero"`
	Kind       string  `json:"kind"`
	Size       int64   `json:"size"`
	// Text is the message if it is text; Data is it otherwise.
	Text string `json:"text,omitempty"`
	Data []byte `json:"data,omitempty"`
	Cut  bool   `json:"cut,omitzero"` // the store has less than all of it
}

// Limits of the messages of one call.
const (
	maxMessages     = 2000
	maxMessageBytes = 4 << 20
)

func (p *panel) messages(ctx context.Context, in MessagesQuery) (Messages, error) {
	f, err := p.get(ctx, in.Seq)
	if err != nil {
		return Messages{}, err
	}
	out := Messages{Total: len(f.Messages)}
	if in.Offset < 0 || in.Offset >= len(f.Messages) {
		return out, nil
	}
	f = p.redact(f)
	bytes := 0
	for _, m := range f.Messages[in.Offset:] {
		if bytes += len(m.Data); len(out.Messages) == maxMessages || bytes > maxMessageBytes && len(out.Messages) > 0 {
			break
		}
		x := SocketMessage{At: milliseconds(m.At), FromClient: m.FromClient, Kind: m.Kind.String(), Size: m.Size, Cut: m.Truncated}
		if m.Omitted != "" {
			x.Text = m.Omitted
		} else if utf8.Valid(m.Data) {
			x.Text = string(m.Data)
		} else {
			x.Data = m.Data
		}
		out.Messages = append(out.Messages, x)
	}
	return out, nil
}
