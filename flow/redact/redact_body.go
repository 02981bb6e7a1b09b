package redact

import (
	"bytes"
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/packed"
	"github.com/spectap/spectap/flow/redact/find"
	"github.com/spectap/spectap/internal/ascii"
)

// Body redacts a decoded body by its Content-Type: JSON, JSON lines, MessagePack, CBOR, event
// streams, forms, tables and multipart bodies by the names in them, everything else as text. It
// does not change data, and returns data itself if nothing is redacted.
func (r *Redactor) Body(contentType string, data []byte) (out []byte) {
	defer hide(r, &out, data)
	return r.bodyAt(contentType, data, 0)
}

// bodyAt redacts a body that is nested in depth multipart bodies.
func (r *Redactor) bodyAt(contentType string, data []byte, depth int) []byte {
	mt := decode.MediaType(contentType)
	switch {
	case len(data) == 0:
		return data
	case depth == 0 && r.path.isWhole(contentType, data):
		return []byte(r.Value("password", string(data)))
	case decode.IsJSON(mt):
		return r.JSON(data)
	case decode.IsJSONLines(mt):
		return r.eachLine(data, func(line []byte) []byte { return r.JSON(line) })
	case decode.IsEventStream(mt):
		return r.eachLine(r.joinEventData(data), r.eventLine)
	case mt == "text/csv" || mt == "text/tab-separated-values":
		return r.table(mt, data)
	case decode.IsForm(mt):
		return bytesIfChanged(data, r.Query(string(data)))
	case isYAML(mt):
		return bytesIfChanged(data, r.yaml(stringOf(data)))
	}
	if out, ok := r.mqtt(data); ok {
		return bytesIfChanged(data, stringOf(out))
	}
	if p := packingOf(mt, data); p.format != packed.None {
		return r.packed(p, data)
	}
	switch c := decode.FirstByte(data); {
	case c == '{' || c == '[': // JSON under another media type
		return r.JSON(data)
	case depth < maxParts && (decode.IsMultipart(mt) || c == '-'):
		if boundary := boundaryOf(contentType, data); boundary != "" {
			return r.multipart(boundary, data, depth)
		}
	}
	if n := packetPrefix(data); n > 0 {
		return bytesIfChanged(data, string(data[:n])+stringOf(r.JSON(data[n:])))
	}
	return bytesIfChanged(data, r.Text(stringOf(data)))
}

// maxPacketPrefix bounds the digits before the JSON of a message of Socket.IO.
const maxPacketPrefix = 8

// packetPrefix returns the length of the digits before the array of a message of Socket.IO, 0 if
// the data is no such message: 42["login","…"].
func packetPrefix(data []byte) int {
	for i, c := range data[:min(len(data), maxPacketPrefix)] {
		switch {
		case i > 0 && c == '[' && data[len(data)-1] == ']':
			return i
		case !ascii.IsDigit(c):
			return 0
		}
	}
	return 0
}

// bytesIfChanged returns data itself if text is equal to it.
func bytesIfChanged(data []byte, text string) []byte {
	if string(data) == text {
		return data
	}
	return []byte(text)
}

// isYAML reports whether a media type is that of YAML (RFC 9512), or a name for it used before.
func isYAML(mt string) bool {
	return strings.HasSuffix(mt, "yaml") || strings.HasSuffix(mt, "/yml") || strings.HasSuffix(mt, "+yml")
}

// yaml redacts YAML: values extend to the end of their lines.
func (r *Redactor) yaml(s string) string {
	if r.rules.hasRegexps() {
		s = r.rules.text(r, s)
	}
	return r.redactScanned(find.Scanner{Text: s, YAML: true})
}

// eachLine applies redact to each line.
func (r *Redactor) eachLine(data []byte, redact func([]byte) []byte) []byte {
	var out []byte
	done := 0
	for from := 0; from < len(data); {
		end := len(data)
		if i := bytes.IndexByte(data[from:], '\n'); i >= 0 {
			end = from + i
		}
		line := data[from:end:end] // a secret that is cut off at its end must not take the line break with it
		if red := redact(line); !bytes.Equal(red, line) {
			out = append(append(out, data[done:from]...), red...)
			done = end
		}
		from = end + 1
	}
	if done == 0 {
		return data
	}
	return append(out, data[done:]...)
}

// eventLine redacts a line of an event stream: "data: " with JSON or text.
func (r *Redactor) eventLine(line []byte) []byte {
	field, value, ok := bytes.Cut(line, []byte(":"))
	if !ok || string(field) != "data" {
		return bytesIfChanged(line, r.Text(string(line)))
	}
	red := r.bodyAt("", value, maxParts)
	if bytes.Equal(red, value) {
		return line
	}
	return append([]byte("data:"), red...)
}
