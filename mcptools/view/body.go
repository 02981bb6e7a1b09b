package view

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/delta"
)

// Limits of an answer to a call of a tool, in bytes.
const (
	// MaxText limits its text: about 10,000 tokens, above which clients warn or cut.
	MaxText = 40_000
	// MaxData limits its structured content, which repeats names that the text has once.
	MaxData = 2 * MaxText
	// MaxContent limits a document or list in it, beside which there are notes and further calls.
	MaxContent = MaxText - 2000
)

// Limits of the bodies that one result shows, and of decoding, in bytes.
const (
	PreviewBytes = 2000
	FullBytes    = 16 << 10
	MaxDecoded   = 16 << 20 // the decoded text of one body
)

// Body is a body or a section of it.
type Body struct {
	MediaType string `json:"media_type,omitempty"`
	Size      int64  `json:"size"` // bytes on the wire; of a request, with placeholders for its secrets
	// Text is absent for a body that is not text.
	Text   string `json:"text,omitempty"`   // decoded text with secrets redacted, from byte offset on
	Binary bool   `json:"binary,omitempty"` // the body is not text and is not shown
	Offset int    `json:"offset,omitempty"`
	// Length counts the bytes of the complete text as shown here.
	Length     int    `json:"length"`              // bytes of the whole decoded text
	Truncated  bool   `json:"truncated,omitempty"` // text continues: call again with body_offset next_offset
	NextOffset int    `json:"next_offset,omitempty"`
	Incomplete bool   `json:"incomplete,omitempty"` // the recorder did not keep all of the body
	Note       string `json:"note,omitempty"`       // how much of the body was recorded, if not all
	Problem    string `json:"problem,omitempty"`    // why the body could not be decoded
	// Events counts the events of the stream of a language model whose message is the text.
	Events int `json:"assembled_from_events,omitempty"` // text is the message that so many events stream in pieces
}

// BodyText decodes a body and makes it visible. ok is false for a body that is not text.
func BodyText(h flow.Header, b flow.Body) (text string, incomplete bool, problem string, ok bool) {
	if b.Omitted != "" {
		return "", b.Truncated, "", false
	}
	if len(b.Data) == 0 {
		return "", b.Truncated || b.Size > 0, "", true
	}
	data, complete, err := decode.Body(h, b, MaxDecoded)
	if err != nil {
		problem = "its encoding cannot be undone"
		data = nil
	}
	if !IsText(h.MediaType(), data) {
		return "", !complete, problem, false
	}
	return Visible(string(data)), !complete, problem, true
}

// ReadableText is [BodyText], for readers only: a body of MessagePack or CBOR is lines of JSON.
func ReadableText(h flow.Header, b flow.Body) (text string, incomplete bool, problem string, ok bool) {
	if text, incomplete, problem, ok = BodyText(h, b); ok || problem != "" || b.Omitted != "" {
		return text, incomplete, problem, ok
	}
	data, complete, err := decode.Body(h, b, MaxDecoded)
	if err != nil {
		return text, incomplete, problem, ok
	}
	values, ok := decode.Packed(h.MediaType(), data)
	return Visible(string(values)), !complete, "", ok
}

// IsText reports whether data is text: its media type is a text type, or its first 4 KiB are UTF-8
// without control characters.
func IsText(mediaType string, data []byte) bool {
	if decode.IsText(mediaType) {
		return true
	}
	head := data[:min(len(data), 4096)]
	return utf8.Valid([]byte(WholeRunes(string(head)))) && !strings.ContainsFunc(string(head), func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\r' && r != '\t'
	})
}

// ShowBody shows at most limit bytes of a body's text, from an offset on. An offset inside a
// character moves back to the start of the character.
func ShowBody(h flow.Header, b flow.Body, offset, limit int) Body {
	text, incomplete, problem, ok := ReadableText(h, b)
	out := Body{MediaType: Visible(h.MediaType()), Size: b.Size, Note: b.Truncation(h), Incomplete: incomplete, Problem: problem, Binary: !ok}
	if b.Omitted != "" {
		out.Note = flow.Omission(b.Size, b.Omitted)
	}
	out.section(text, offset, limit)
	return out
}

// ShowAnswer is [ShowBody], but of the stream of a language model it shows the message that its
// events assemble, if that is shorter.
func ShowAnswer(h flow.Header, b flow.Body, offset, limit int) Body {
	out := ShowBody(h, b, offset, limit)
	data, _, err := decode.Body(h, b, MaxDecoded)
	if err != nil || out.Text == "" {
		return out
	}
	answer, ok := delta.Read(h.MediaType(), data)
	if text := Visible(answer.Text()); ok && len(text) < out.Length {
		out.Events = answer.Events
		out.section(text, offset, limit)
	}
	return out
}

// section shows a part of a text.
func (b *Body) section(text string, offset, limit int) {
	b.Length = len(text)
	for offset = min(offset, len(text)); offset > 0 && offset < len(text) && !utf8.RuneStart(text[offset]); offset-- {
	}
	b.Offset, b.Text, b.Truncated, b.NextOffset = offset, text[offset:], false, 0
	if len(b.Text) > limit {
		b.Text = WholeRunes(b.Text[:limit])
		b.Truncated, b.NextOffset = true, offset+len(b.Text)
	}
}

// ReadJSON decodes one JSON value and keeps numbers as written. It ignores a prefix that guards the
// value against pages ([decode.Unguarded]).
func ReadJSON(text string) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(decode.Unguarded([]byte(text))))
	d.UseNumber()
	if err = d.Decode(&v); err != nil {
		return v, err
	}
	if _, end := d.Token(); end != io.EOF {
		err = errors.New("more than one value")
	}
	return v, err
}
