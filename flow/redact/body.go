package redact

import (
	"bytes"
	"errors"
	"mime"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// Body redacts a decoded body by its Content-Type: JSON, lines of JSON, event streams, forms and multipart forms by
// the names in them, all else as text. It returns data itself when nothing changes, and never changes data.
func (r *Redactor) Body(contentType string, data []byte) []byte {
	return r.body(contentType, data, 0)
}

func (r *Redactor) body(contentType string, data []byte, depth int) []byte {
	mt := decode.MediaType(contentType)
	switch {
	case len(data) == 0:
		return data
	case decode.IsJSON(mt):
		return r.JSON(data)
	case decode.IsJSONLines(mt):
		return r.lines(data, func(line []byte) []byte { return r.JSON(line) })
	case decode.IsEventStream(mt):
		return r.lines(data, r.eventLine)
	case decode.IsForm(mt):
		return changed(data, r.Query(string(data)))
	case decode.IsMultipart(mt) && depth < 3:
		if boundary := decode.Param(contentType, "boundary"); boundary != "" {
			return r.multipart(boundary, data, depth)
		}
	}
	if c := firstByte(data); c == '{' || c == '[' { // JSON under another name
		return r.JSON(data)
	}
	return changed(data, r.Text(stringOf(data)))
}

func firstByte(data []byte) byte {
	if t := bytes.TrimLeft(data, " \t\r\n"); len(t) > 0 {
		return t[0]
	}
	return 0
}

// changed returns data itself when text is the same.
func changed(data []byte, text string) []byte {
	if string(data) == text {
		return data
	}
	return []byte(text)
}

// lines applies redact to each line.
func (r *Redactor) lines(data []byte, redact func([]byte) []byte) []byte {
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

// eventLine redacts one line of an event stream: "data: " and JSON or text.
func (r *Redactor) eventLine(line []byte) []byte {
	field, value, ok := bytes.Cut(line, []byte(":"))
	if !ok || string(field) != "data" {
		return changed(line, r.Text(string(line)))
	}
	red := r.body("", value, 3)
	if bytes.Equal(red, value) {
		return line
	}
	return append([]byte("data:"), red...)
}

// multipart redacts the parts of a body one by one, each by its own type and name.
func (r *Redactor) multipart(boundary string, data []byte, depth int) []byte {
	delimiter := []byte("--" + boundary)
	parts := bytes.Split(data, delimiter)
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
		name, contentType := partHead(string(head))
		var red []byte
		if class := r.rules.class(name); name != "" && class != Plain && contentType == "" {
			red = []byte(r.value(class, string(content)))
		} else {
			red = r.body(contentType, content, depth+1)
		}
		if !bytes.Equal(red, content) {
			parts[i] = []byte(string(head) + sep + string(red) + string(tail))
		}
	}
	return bytes.Join(parts, delimiter)
}

// partHead returns the field name and the type of a part.
func partHead(head string) (name, contentType string) {
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

// Flow redacts a whole flow. Bodies that change come out decoded, and their headers say so; a body that cannot be
// decoded is left out and marked as truncated. The flow given is not changed.
func (r *Redactor) Flow(f flow.Flow) flow.Flow {
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
	return f
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
