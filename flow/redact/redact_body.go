package redact

import (
	"bytes"
	"mime"
	"strings"

	"github.com/spectap/spectap/flow/decode"
)

// Body redacts a decoded body by its Content-Type: JSON, JSON lines, event streams, forms, tables
// and multipart bodies by the names in them, everything else as text. It does not change data, and
// returns data itself if nothing is redacted.
func (r *Redactor) Body(contentType string, data []byte) []byte {
	return r.bodyAt(contentType, data, 0)
}

// bodyAt redacts a body that is nested in depth multipart bodies.
func (r *Redactor) bodyAt(contentType string, data []byte, depth int) []byte {
	mt := decode.MediaType(contentType)
	switch {
	case len(data) == 0:
		return data
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
	case decode.IsMultipart(mt) && depth < 3:
		if boundary := decode.Param(contentType, "boundary"); boundary != "" {
			return r.multipart(boundary, data, depth)
		}
	}
	if c := decode.FirstByte(data); c == '{' || c == '[' { // JSON under another media type
		return r.JSON(data)
	}
	return bytesIfChanged(data, r.Text(stringOf(data)))
}

// bytesIfChanged returns data itself if text is equal to it.
func bytesIfChanged(data []byte, text string) []byte {
	if string(data) == text {
		return data
	}
	return []byte(text)
}

// eachLine applies redact to each line.
func (r *Redactor) eachLine(data []byte, redact func([]byte) []byte) []byte {
	var out []byte
	done := 0
	for from := 0; from < len(data); {
		end := len(data)
		if i := bytes.IndexByte(data[from:], '\n'); i >= 0 {
			end = from + i + 1
		}
		line := data[from:end]
		if red := redact(line); !bytes.Equal(red, line) {
			out = append(append(out, data[done:from]...), red...)
			done = end
		}
		from = end
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
	red := r.bodyAt("", value, 3)
	if bytes.Equal(red, value) {
		return line
	}
	return append([]byte("data:"), red...)
}

// multipart redacts the parts of a body one by one, each by its own type and name.
func (r *Redactor) multipart(boundary string, data []byte, depth int) []byte {
	delimiter := []byte("--" + boundary)
	parts := bytes.Split(data, delimiter)
	grants := bytes.Contains(data, []byte(`name="grant_type"`)) || bytes.Contains(data, []byte(`name="code_verifier"`))
	for i, part := range parts {
		if i == 0 || bytes.HasPrefix(part, []byte("--")) {
			continue
		}
		head, content, ok := bytes.Cut(part, []byte("\r\n\r\n"))
		sep := "\r\n\r\n"
		if !ok {
			if head, content, ok = bytes.Cut(part, []byte("\n\n")); !ok {
				continue
			}
			sep = "\n\n"
		}
		tail := content[len(bytes.TrimRight(content, "\r\n")):]
		content = content[:len(content)-len(tail)]
		name, contentType := partHeader(string(head))
		var red []byte
		sensitivity := r.rules.sensitivity(name)
		if grants && isCodeName(name) {
			sensitivity = Secret
		}
		if name != "" && sensitivity != Plain && contentType == "" {
			red = []byte(r.redactValue(sensitivity, string(content)))
		} else {
			red = r.bodyAt(contentType, content, depth+1)
		}
		if !bytes.Equal(red, content) {
			parts[i] = []byte(string(head) + sep + string(red) + string(tail))
		}
	}
	return bytes.Join(parts, delimiter)
}

// partHeader returns the field name and the media type of a part.
func partHeader(head string) (name, contentType string) {
	for line := range strings.SplitSeq(head, "\n") {
		k, v, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch {
		case strings.EqualFold(k, "Content-Disposition"):
			if _, params, err := mime.ParseMediaType(strings.TrimSpace(v)); err == nil {
				name = params["name"]
			}
		case strings.EqualFold(k, "Content-Type"):
			contentType = strings.TrimSpace(v)
		}
	}
	return name, contentType
}
