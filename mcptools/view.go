package mcptools

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// maxDecoded bounds the text of one body in memory, in bytes.
const maxDecoded = 16 << 20

// FlowRow is one flow in a list.
type FlowRow struct {
	FlowID      uint64 `json:"flow_id" jsonschema_description:"names the flow for all other tools"`
	Method      string `json:"method"`
	URL         string `json:"url"`
	Status      int    `json:"status_code,omitempty" jsonschema_description:"absent when there was no answer"`
	ContentType string `json:"content_type,omitempty" jsonschema_description:"media type of the answer"`
	Size        int64  `json:"size" jsonschema_description:"bytes of the answer's body on the wire"`
	Timestamp   string `json:"timestamp" jsonschema_description:"when the request started, RFC 3339"`
	TookMS      int64  `json:"took_ms"`
	Messages    int    `json:"messages,omitempty" jsonschema_description:"how many messages passed through the WebSocket"`
	Error       string `json:"error_text,omitempty" jsonschema_description:"what went wrong with the exchange"`
}

// row makes a row of a flow that was redacted.
func row(f *flow.Flow) FlowRow {
	r := FlowRow{
		FlowID: uint64(f.Seq), Method: visible(f.Request.Method), URL: cut(visible(f.Request.URL()), maxURL),
		Timestamp: f.Started.UTC().Format(time.RFC3339Nano), TookMS: f.Took.Milliseconds(), Messages: len(f.Messages), Error: visible(f.Err),
	}
	if f.Response != nil {
		r.Status, r.Size = f.Response.Status, f.Response.Body.Size
		r.ContentType = visible(f.Response.Header.MediaType())
	}
	return r
}

// maxHeader is how much of a header's value is shown, in bytes.
const maxHeader = 64 << 10

// maxURL is how much of a URL lists show, in bytes.
const maxURL = 2000

// cut shortens a text to at most n bytes and marks the place.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return wholeRunes(s[:n]) + "…"
}

// wholeRunes drops a character that was cut in half at the end.
func wholeRunes(s string) string {
	for i := 1; i < utf8.UTFMax && i <= len(s); i++ {
		if c := s[len(s)-i]; utf8.RuneStart(c) {
			if !utf8.FullRuneInString(s[len(s)-i:]) {
				return s[:len(s)-i]
			}
			break
		}
	}
	return s
}

// Header is one header line.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func headers(h flow.Header) []Header {
	out := make([]Header, len(h))
	for i, f := range h {
		out[i] = Header{cut(visible(f.Name), maxURL), cut(visible(f.Value), maxHeader)}
	}
	return out
}

// Body is a body, or a part of it.
type Body struct {
	MediaType string `json:"media_type,omitempty"`
	Size      int64  `json:"size" jsonschema_description:"bytes on the wire"`
	// Text is absent for a body that is no text.
	Text   string `json:"text,omitempty" jsonschema_description:"decoded text with secrets redacted, from byte offset on"`
	Binary bool   `json:"binary,omitempty" jsonschema_description:"the body is no text and is not shown"`
	Offset int    `json:"offset,omitempty"`
	// Length counts the bytes of the whole text as shown here.
	Length     int    `json:"length" jsonschema_description:"bytes of the whole decoded text"`
	Truncated  bool   `json:"truncated,omitempty" jsonschema_description:"text goes on: ask again with body_offset next_offset"`
	NextOffset int    `json:"next_offset,omitempty"`
	Incomplete bool   `json:"incomplete,omitempty" jsonschema_description:"the recorder did not keep all of the body"`
	Problem    string `json:"problem,omitempty" jsonschema_description:"why the body could not be decoded"`
}

// bodyText decodes a body that was redacted and makes it visible. ok is false when it is no text.
func bodyText(h flow.Header, b flow.Body) (text string, incomplete bool, problem string, ok bool) {
	if len(b.Data) == 0 {
		return "", b.Truncated || b.Size > 0, "", true
	}
	data, complete, err := decode.Body(h, b, maxDecoded)
	if err != nil {
		problem = "its encoding cannot be undone"
		data = nil
	}
	if !isText(h.MediaType(), data) {
		return "", !complete, problem, false
	}
	return visible(string(data)), !complete, problem, true
}

// isText says whether data can be read: its type says so, or it has no bytes that text never has.
func isText(mediaType string, data []byte) bool {
	if decode.IsText(mediaType) {
		return true
	}
	head := data[:min(len(data), 4096)]
	return utf8.Valid([]byte(wholeRunes(string(head)))) && !strings.ContainsFunc(string(head), func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\r' && r != '\t'
	})
}

// body shows the part of a redacted body that starts at an offset and has at most limit bytes.
func body(h flow.Header, b flow.Body, offset, limit int) Body {
	out := Body{MediaType: visible(h.MediaType()), Size: b.Size}
	text, incomplete, problem, ok := bodyText(h, b)
	out.Incomplete, out.Problem, out.Binary = incomplete, problem, !ok
	out.Length = len(text)
	// An offset inside a character moves back to its start.
	for offset = min(offset, len(text)); offset > 0 && offset < len(text) && !utf8.RuneStart(text[offset]); offset-- {
	}
	out.Offset = offset
	rest := text[offset:]
	if len(rest) > limit {
		part := wholeRunes(rest[:limit])
		out.Truncated, out.NextOffset = true, offset+len(part)
		rest = part
	}
	out.Text = rest
	return out
}
