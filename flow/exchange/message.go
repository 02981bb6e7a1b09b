package exchange

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http/httputil"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/spectap/spectap/flow"
)

// Bounds on the head of a message. Servers refuse more.
const (
	maxLine   = 64 << 10
	maxFields = 1000
)

// ErrCut is the error for a file whose end is missing.
var ErrCut = errors.New("the file ends in the middle")

// ErrTooLarge is the error for a message that exceeds a bound.
var ErrTooLarge = errors.New("too large")

// ReadRequest reads a request of HTTP/1 (RFC 9112, section 3) from b. The names of fields keep
// their case and order. Chunks are joined. Scheme and Authority are not set, except the authority
// of the absolute form. It returns io.EOF if b has nothing more, and io.ErrUnexpectedEOF with the
// request so far if it ends within the message; the body is then marked as truncated. Within the
// first line there is no request yet, and no method.
func ReadRequest(b *bufio.Reader, maxBody int64) (flow.Request, error) {
	var r flow.Request
	line, err := startLine(b)
	if err != nil {
		return r, err
	}
	method, rest, ok := strings.Cut(line, " ")
	target, proto, ok2 := strings.Cut(rest, " ")
	if !ok || !ok2 || !httpguts.ValidHeaderFieldName(method) || !strings.HasPrefix(proto, "HTTP/") {
		return r, fmt.Errorf("not a request line: %.60q", line)
	}
	r.Method, r.Proto = method, Proto(proto)
	if method == "CONNECT" { // a tunnel to an authority, which has no scheme
		return r, fmt.Errorf("request target %.60q: %w", target, ErrNotHTTP)
	}
	if r.Path, r.RawQuery, err = splitTarget(&r, target); err != nil {
		return r, err
	}
	if r.Header, err = fields(b); err != nil {
		return r, err
	}
	r.Body, r.Trailer, err = body(b, r.Header, maxBody, false)
	return r, err
}

// splitTarget returns the path and the query of a request target.
func splitTarget(r *flow.Request, target string) (path, query string, err error) {
	switch {
	case target == "*":
		return "*", "", nil
	case strings.HasPrefix(target, "/"):
		target, _, _ = strings.Cut(target, "#")
		path, query, _ = strings.Cut(target, "?")
		return escape(path), escape(query), nil
	}
	u, err := SplitURL(target)
	if err != nil {
		return "", "", fmt.Errorf("request target %.60q: %w", target, err)
	}
	r.Scheme, r.Authority = u.Scheme, u.Authority
	return u.Path, u.RawQuery, nil
}

// ReadResponse reads the response to a request with the method, after interim ones, as
// [ReadRequest] does. A response whose end is that of the connection ends where b ends.
func ReadResponse(b *bufio.Reader, method string, maxBody int64) (*flow.Response, error) {
	for {
		r, err := readResponse(b, method, maxBody)
		if err != nil || r.Status < 100 || r.Status >= 200 || r.Status == 101 {
			return r, err
		}
	}
}

func readResponse(b *bufio.Reader, method string, maxBody int64) (*flow.Response, error) {
	line, err := startLine(b)
	if err != nil {
		return nil, err
	}
	proto, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	if err != nil || status < 100 || status > 999 || !strings.HasPrefix(proto, "HTTP/") {
		return nil, fmt.Errorf("not a status line: %.60q", line)
	}
	r := &flow.Response{Status: status, Proto: Proto(proto)}
	if r.Header, err = fields(b); err != nil {
		return r, err
	}
	if method == "HEAD" || status < 200 || status == 204 || status == 304 {
		return r, nil
	}
	r.Body, r.Trailer, err = body(b, r.Header, maxBody, true)
	return r, err
}

// Proto returns a protocol as net/http writes it, "" if it is unknown. Recorders write "h2",
// "http/2.0", "HTTP/2" and others.
func Proto(s string) string {
	switch s = strings.ToUpper(strings.TrimSpace(s)); s {
	case "H2", "H2C", "HTTP/2", "HTTP/2.0", "HTTP/2+QUIC/46":
		return "HTTP/2.0"
	case "H3", "HTTP/3", "HTTP/3.0", "H3-29":
		return "HTTP/3.0"
	case "HTTP/1.0", "HTTP/1.1":
		return s
	}
	return ""
}

// startLine returns the next line that is not empty: clients may send empty ones between messages.
func startLine(b *bufio.Reader) (string, error) {
	for {
		line, err := readLine(b)
		if err == io.ErrUnexpectedEOF && line == "" {
			return "", io.EOF
		}
		if err != nil || line != "" {
			return line, err
		}
	}
}

func readLine(b *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := b.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return "", fmt.Errorf("a line of the head: %w (%d bytes)", ErrTooLarge, maxLine)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == io.EOF {
			return string(line), io.ErrUnexpectedEOF
		}
		return string(bytes.TrimRight(line, "\r\n")), err
	}
}

func fields(b *bufio.Reader) (flow.Header, error) {
	var h flow.Header
	for folded := 0; ; {
		line, err := readLine(b)
		if err != nil || line == "" {
			return h, err
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !httpguts.ValidHeaderFieldName(name) {
			if folded++; folded > maxFields {
				return h, fmt.Errorf("header: %w (%d folded lines)", ErrTooLarge, maxFields)
			}
			if (line[0] == ' ' || line[0] == '\t') && len(h) > 0 { // obs-fold, RFC 9112, section 5.2
				h[len(h)-1].Value += " " + strings.TrimSpace(line)
				continue
			}
			return h, fmt.Errorf("not a header field: %.60q", line)
		}
		if len(h) == maxFields {
			return h, fmt.Errorf("header: %w (%d fields)", ErrTooLarge, maxFields)
		}
		h = append(h, flow.Field{Name: name, Value: strings.Trim(value, " \t")})
	}
}

// body reads a body by RFC 9112, section 6.3. untilEnd says that a body without a length ends with
// the connection.
func body(b *bufio.Reader, h flow.Header, maxBody int64, untilEnd bool) (out flow.Body, trailer flow.Header, err error) {
	if coding := h.Get("Transfer-Encoding"); coding != "" {
		if strings.EqualFold(strings.TrimSpace(coding[strings.LastIndexByte(coding, ',')+1:]), "chunked") {
			out, err = keep(httputil.NewChunkedReader(b), -1, maxBody)
			if err == nil {
				trailer, err = fields(b)
			}
			return out, trailer, err
		}
		out, err = keep(b, -1, maxBody)
		return out, nil, err
	}
	if length := h.Get("Content-Length"); length != "" {
		n, perr := strconv.ParseInt(strings.TrimSpace(length), 10, 64)
		if perr != nil || n < 0 {
			return out, nil, fmt.Errorf("Content-Length %.20q: not a length", length)
		}
		out, err = keep(b, n, maxBody)
		return out, nil, err
	}
	if untilEnd {
		out, err = keep(b, -1, maxBody)
	}
	return out, nil, err
}

// keep reads n bytes, or all if n is -1, and keeps the first of them.
func keep(r io.Reader, n int64, maxBody int64) (flow.Body, error) {
	if n >= 0 {
		r = io.LimitReader(r, n)
	}
	var kept bytes.Buffer
	size, err := io.Copy(&kept, io.LimitReader(r, maxBody))
	if err == nil && size == maxBody {
		var rest int64
		rest, err = io.Copy(io.Discard, r)
		size += rest
	}
	out := flow.Body{Data: kept.Bytes(), Size: size, Truncated: size > int64(kept.Len())}
	if len(out.Data) == 0 {
		out.Data = nil
	}
	if err == nil && n >= 0 && size < n {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		out.Truncated, out.Size = true, max(out.Size, n)
	}
	return out, err
}

// ParseRequest reads a request from the bytes of one, as [ReadRequest] does, except that the body
// is all that follows the head, regardless of Content-Length. Recorders keep the headers of a
// message that they decoded, and those of HTTP/2 have no length.
func ParseRequest(raw []byte, maxBody int64) (flow.Request, error) {
	head, rest := cutHead(raw)
	b := bufio.NewReader(bytes.NewReader(append(head, "\r\n\r\n"...)))
	r, err := ReadRequest(b, 0)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return r, err
	}
	r.Body = dechunk(rest, r.Header, maxBody)
	return r, nil
}

// ParseResponse reads a response from the bytes of one, as [ParseRequest] does.
func ParseResponse(raw []byte, maxBody int64) (*flow.Response, error) {
	head, rest := cutHead(raw)
	r, err := readResponse(bufio.NewReader(bytes.NewReader(append(head, "\r\n\r\n"...))), "HEAD", maxBody)
	if err != nil {
		return nil, err
	}
	r.Body = dechunk(rest, r.Header, maxBody)
	return r, nil
}

// cutHead returns a copy of the head of a message without the empty line at its end, and the rest.
func cutHead(raw []byte) (head, rest []byte) {
	raw = bytes.TrimLeft(raw, "\r\n")
	head = raw
	for start := 0; start < len(raw); { // of a line
		n := bytes.IndexByte(raw[start:], '\n') + 1
		if n == 0 {
			break
		}
		if n <= 2 && len(bytes.TrimRight(raw[start:start+n], "\r\n")) == 0 {
			head, rest = raw[:start], raw[start+n:]
			break
		}
		start += n
	}
	return bytes.Clone(bytes.TrimRight(head, "\r\n")), rest
}

// dechunk returns the bytes of a body, without the chunk framing if it has one.
func dechunk(data []byte, h flow.Header, maxBody int64) flow.Body {
	if strings.Contains(strings.ToLower(h.Get("Transfer-Encoding")), "chunked") {
		if b, err := keep(httputil.NewChunkedReader(bytes.NewReader(data)), -1, maxBody); err == nil {
			return b
		}
	}
	if len(data) == 0 {
		return flow.Body{}
	}
	kept := data[:min(int64(len(data)), maxBody)] // not copied: it may have many megabytes
	return flow.Body{Data: kept, Size: int64(len(data)), Truncated: len(kept) < len(data)}
}
