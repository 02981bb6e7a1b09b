package har

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// opener returns the content of a file with a body. ok is false if it cannot be read.
type opener func(name string) (data []byte, ok bool)

// body returns a body from a file, whose bytes are those of the message, mostly without its content
// encoding.
func (o opener) body(h flow.Header, name string, size int64) (flow.Header, flow.Body, error) {
	data, ok := o(name)
	if !ok {
		return h, flow.Body{Size: max(size, 0), Truncated: true}, nil
	}
	b := flow.Body{Data: data, Size: int64(len(data))}
	return fitHeader(h, b, true), b, nil
}

// body returns the request's body, and the header adjusted to it.
func (p *postData) body(h flow.Header, bodySize *number, open opener) (flow.Header, flow.Body, error) {
	sent, _ := size(bodySize)
	if p == nil {
		return missingBody(h, sent)
	}
	if !h.Has("Content-Type") && p.MimeType != "" && p.MimeType != "x-unknown" {
		h = append(h, flow.Field{Name: "Content-Type", Value: p.MimeType})
	}
	if p.File != "" && p.Text == "" {
		return open.body(h, p.File, sent)
	}
	encoding := cmp.Or(p.Encoding, p.EncodingExtension)
	var data []byte
	var err error
	if p.Text == "" && len(p.Params) > 0 {
		h, data = paramsBody(h, p.Params)
	} else {
		h, data, err = textBody(h, p.Text, encoding)
	}
	if err != nil {
		return h, flow.Body{}, fmt.Errorf("request.postData.%w", err)
	}
	if len(data) == 0 {
		return missingBody(h, sent)
	}
	b := flow.Body{Data: data, Size: int64(len(data)), Truncated: p.Truncated}
	if n, err := size(p.Size); err != nil {
		return h, b, fmt.Errorf("request.postData._size: %w", err)
	} else if b.Truncated && n > b.Size {
		b.Size = n
	}
	return fitHeader(h, b, encoding != ""), b, nil
}

// body returns the response's body, and the header adjusted to it.
func (c *content) body(h flow.Header, bodySize *number, open opener) (flow.Header, flow.Body, error) {
	sent, _ := size(bodySize)
	if c == nil {
		return missingBody(h, sent)
	}
	n, err := size(c.Size)
	if err != nil {
		return h, flow.Body{}, fmt.Errorf("response.content.size: %w", err)
	}
	if !h.Has("Content-Type") && c.MimeType != "" && c.MimeType != "x-unknown" && n != 0 {
		h = append(h, flow.Field{Name: "Content-Type", Value: c.MimeType})
	}
	if c.File != "" && (c.Text == nil || *c.Text == "") {
		return open.body(h, c.File, n)
	}
	if c.Text == nil && n < 0 {
		n = sent
	}
	if c.Text == nil || *c.Text == "" && n > 0 {
		return missingBody(h, max(n, 0))
	}
	h, data, err := textBody(h, *c.Text, c.Encoding)
	if err != nil {
		return h, flow.Body{}, fmt.Errorf("response.content.%w", err)
	}
	b := flow.Body{Data: data, Size: int64(len(data)), Truncated: c.Truncated}
	if b.Truncated {
		b.Size = max(n, b.Size)
	}
	return fitHeader(h, b, c.Encoding != ""), b, nil
}

// missingBody returns a body that is not in the archive: truncated if it had a size, else empty.
func missingBody(h flow.Header, sent int64) (flow.Header, flow.Body, error) {
	if sent <= 0 {
		return h, flow.Body{}, nil
	}
	return h, flow.Body{Size: sent, Truncated: true}, nil
}

// textBody returns the bytes of a text member in the charset of the header.
func textBody(h flow.Header, text, encoding string) (flow.Header, []byte, error) {
	switch strings.ToLower(encoding) {
	case "base64":
		if data, ok := fromBase64(text); ok && !isJSONText(h, text, data) {
			return h, data, nil
		} // Firefox labels some texts so
	case "", "utf-8", "utf8":
	default:
		return h, nil, errors.New("encoding: must be base64")
	}
	data, ok := decode.FromUTF8(h.Get("Content-Type"), []byte(text))
	if !ok {
		h = setHeader(h, "Content-Type", decode.MediaType(h.Get("Content-Type"))+"; charset=utf-8")
	}
	return h, data, nil
}

// isJSONText reports whether a text is the JSON that its header says, and not the base64 of it:
// true and 1234 are also that of some bytes.
func isJSONText(h flow.Header, text string, data []byte) bool {
	return decode.IsJSON(h.MediaType()) && jsontext.Value(text).IsValid() && !jsontext.Value(data).IsValid()
}

// fromBase64 reads base64 in either alphabet, with or without padding and line breaks.
func fromBase64(s string) (data []byte, ok bool) {
	if data, err := base64.StdEncoding.DecodeString(s); err == nil {
		return data, true
	}
	s = strings.NewReplacer("-", "+", "_", "/", "\n", "", "\r", "", " ", "", "=", "").Replace(s)
	data, err := base64.RawStdEncoding.DecodeString(s)
	return data, err == nil
}

// fitHeader adjusts the header to the decoded body. Only base64 text can hold bytes that are still
// encoded, as some recorders write them.
func fitHeader(h flow.Header, b flow.Body, wasBase64 bool) flow.Header {
	if !h.Has("Content-Encoding") {
		return h
	}
	if wasBase64 {
		if _, complete, err := decode.Bytes(h, b, 0); err == nil && complete {
			return h
		}
	}
	return decode.Uncoded(h, b.Size)
}

// setHeader returns h with value in the first line of this name.
func setHeader(h flow.Header, name, value string) flow.Header {
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			h[i].Value = value
			return h
		}
	}
	return append(h, flow.Field{Name: name, Value: value})
}

// paramsBody builds a body from its parameters, for recorders that write only those.
func paramsBody(h flow.Header, params []param) (flow.Header, []byte) {
	if decode.IsMultipart(h.MediaType()) {
		return multipartBody(h, params)
	}
	pairs := make([]pair, len(params))
	for i, p := range params {
		pairs[i].Name = p.Name
		if p.Value != nil {
			pairs[i].Value = *p.Value
		}
	}
	return h, []byte(encodePairs(pairs))
}

func multipartBody(h flow.Header, params []param) (flow.Header, []byte) {
	boundary := decode.Param(h.Get("Content-Type"), "boundary")
	if boundary == "" {
		sum := fnv.New128a()
		for _, p := range params {
			sum.Write([]byte(p.Name))
			if p.Value != nil {
				sum.Write([]byte(*p.Value))
			}
		}
		boundary = "boundary-" + hex.EncodeToString(sum.Sum(nil))
		h = setHeader(h, "Content-Type", h.MediaType()+"; boundary="+boundary)
	}
	quote := strings.NewReplacer("\\", "\\\\", `"`, "%22", "\r", "%0D", "\n", "%0A") // as browsers do
	var b strings.Builder
	for _, p := range params {
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"%s\"", boundary, quote.Replace(p.Name))
		if p.FileName != "" {
			fmt.Fprintf(&b, "; filename=\"%s\"", quote.Replace(p.FileName))
		}
		if p.ContentType != "" {
			fmt.Fprintf(&b, "\r\nContent-Type: %s", strings.NewReplacer("\r", "", "\n", "").Replace(p.ContentType))
		}
		b.WriteString("\r\n\r\n")
		if p.Value != nil {
			b.WriteString(*p.Value)
		}
		b.WriteString("\r\n")
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return h, []byte(b.String())
}
