package traffic

import (
	"context"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/delta"
	"github.com/spectap/spectap/page/wire"
)

// RevealQuery names one text of a flow.
type RevealQuery struct {
	Seq      flow.Seq `json:"seq"`
	Response bool     `json:"response"`
	// Part is "url", "header", "trailer", "message" or "error". Index selects one of several.
	Part  string `json:"part"`
	Index int    `json:"index"`
}

// Revealed is a text as it was sent.
type Revealed struct {
	Text string `json:"text"`
}

// reveal returns a text without redaction. Only a person can call it, and each call is logged.
func (p *panel) reveal(ctx context.Context, in RevealQuery) (Revealed, error) {
	f, err := p.get(ctx, in.Seq)
	if err != nil {
		return Revealed{}, err
	}
	text, what, ok := textOf(&f, in)
	if !ok {
		return Revealed{}, &wire.Error{Message: "the flow has no such text", NotFound: true}
	}
	p.Log.Warn("revealed on the page", "flow", uint64(f.Seq), "part", what, "response", in.Response)
	return Revealed{text}, nil
}

// textOf returns a text of a flow, and its name in the log.
func textOf(f *flow.Flow, in RevealQuery) (text, what string, ok bool) {
	h, t := f.Request.Header, f.Request.Trailer
	if in.Response {
		if f.Response == nil {
			return "", "", false
		}
		h, t = f.Response.Header, f.Response.Trailer
	}
	line := func(h flow.Header) (string, string, bool) {
		if in.Index < 0 || in.Index >= len(h) {
			return "", "", false
		}
		return h[in.Index].Value, in.Part + " " + h[in.Index].Name, true
	}
	switch in.Part {
	case "url":
		return f.Request.URL(), in.Part, true
	case "error":
		return f.Err, in.Part, f.Err != ""
	case "header":
		return line(h)
	case "trailer":
		return line(t)
	case "message":
		if in.Index < 0 || in.Index >= len(f.Messages) {
			return "", "", false
		}
		return string(f.Messages[in.Index].Data), in.Part, true
	}
	return "", "", false
}

// revealBody returns a body without redaction. Only a person can call it, and each call is logged.
func (p *panel) revealBody(ctx context.Context, in BodyQuery) (*wire.File, error) {
	f, err := p.get(ctx, in.Seq)
	if err != nil {
		return nil, err
	}
	p.Log.Warn("revealed on the page", "flow", uint64(f.Seq), "part", "body", "response", in.Response)
	return bodyFile(&f, in.Response)
}

// AnswerQuery names the response whose stream is assembled.
type AnswerQuery struct {
	Seq flow.Seq `json:"seq"`
	// Reveal includes the secrets. Only a person can ask for them, and each such call is logged.
	Reveal bool `json:"reveal,omitzero"`
}

// Answer is the message assembled from the stream of a language model. For all other bodies it has
// no sections.
type Answer struct {
	Events   int             `json:"events"`
	Sections []delta.Section `json:"sections"`
}

func (p *panel) answer(ctx context.Context, in AnswerQuery) (Answer, error) {
	f, err := p.get(ctx, in.Seq)
	if err != nil || f.Response == nil {
		return Answer{}, err
	}
	if in.Reveal {
		p.Log.Warn("revealed on the page", "flow", uint64(f.Seq), "part", "answer", "response", true)
	} else {
		f = p.redact(f)
	}
	data, _, err := decode.Body(f.Response.Header, f.Response.Body, maxBody)
	if err != nil {
		return Answer{}, nil // the body says why
	}
	a, ok := delta.Read(f.Response.Header.MediaType(), data)
	if !ok {
		return Answer{}, nil
	}
	return Answer{a.Events, a.Sections()}, nil
}
