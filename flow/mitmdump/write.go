package mitmdump

import (
	"bufio"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
)

// Writer writes flows to a file of format version 21, which mitmproxy 11 and later read. It is not
// safe for concurrent use.
type Writer struct {
	w   io.Writer
	buf []byte
}

// NewWriter returns a writer. w may already have flows.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write writes a flow with one call of the underlying Write. The format cannot hold the size of a
// body that was not fully recorded; the comment of the flow says how much is missing.
func (w *Writer) Write(f flow.Flow) error {
	w.buf = appendValue(w.buf[:0], stateOf(&f))
	_, err := w.w.Write(w.buf)
	return err
}

// member is a member of a dictionary, whose order is that of mitmproxy.
type member struct {
	name  string
	value any
}

// text is a value that mitmproxy reads as str, and binary one that it reads as bytes.
type (
	text   string
	binary string
)

func stateOf(f *flow.Flow) []member {
	id := hex.EncodeToString(f.ID[:])
	start := seconds(f.Started)
	var end any
	if f.Done {
		end = start + f.Took.Seconds()
	}
	host, port := hostPort(f.Request.Scheme, f.Request.Authority)
	return []member{
		{"version", maxVersion}, {"type", text("http")}, {"id", text(id)}, {"error", errorOf(f, end)},
		{"client_conn", append(connectionOf(f, id+"-client"),
			member{"peername", []any{text(""), 0}}, member{"sockname", []any{text(""), 0}},
			member{"timestamp_start", start}, member{"mitmcert", nil}, member{"proxy_mode", text("regular")})},
		{"server_conn", append(connectionOf(f, id+"-server"),
			member{"peername", nil}, member{"sockname", nil}, member{"address", []any{text(host), port}},
			member{"timestamp_start", nil}, member{"timestamp_tcp_setup", nil}, member{"via", nil})},
		{"intercepted", false}, {"is_replay", nil}, {"marked", text("")}, {"metadata", []member{}},
		{"comment", text(comment(f))}, {"timestamp_created", start}, {"backup", nil},
		{"request", append(messageOf(f.Request.Proto, f.Request.Header, f.Request.Trailer, f.Request.Body, start, start),
			member{"host", text(host)}, member{"port", port}, member{"method", binary(f.Request.Method)},
			member{"scheme", binary(f.Request.Scheme)}, member{"authority", binary(authorityOf(f))},
			member{"path", binary(f.Request.Target())})},
		{"response", responseState(f, start, end)},
		{"websocket", websocketState(f, start, end)},
	}
}

// connectionOf returns what client and server connections have in common. Flows do not have
// details of connections.
func connectionOf(f *flow.Flow, id string) []member {
	host, _ := hostPort(f.Request.Scheme, f.Request.Authority)
	tls := f.Request.Scheme == "https"
	var sni any
	if tls && net.ParseIP(host) == nil {
		sni = text(host)
	}
	return []member{
		{"id", text(id)}, {"transport_protocol", text("tcp")}, {"error", nil}, {"tls", tls}, {"certificate_list", []any{}},
		{"alpn", nil}, {"alpn_offers", []any{}}, {"cipher", nil}, {"cipher_list", []any{}}, {"tls_version", nil},
		{"sni", sni}, {"timestamp_end", nil}, {"timestamp_tls_setup", nil},
	}
}

func errorOf(f *flow.Flow, end any) any {
	if f.Err == "" {
		return nil
	}
	if end == nil {
		end = seconds(f.Started)
	}
	return []member{{"msg", text(f.Err)}, {"timestamp", end}}
}

func messageOf(proto string, h, trailer flow.Header, b flow.Body, start float64, end any) []member {
	proto = cmp.Or(proto, "HTTP/1.1")
	var content, trailers any
	if b.Size == 0 || len(b.Data) > 0 {
		content = binary(b.Data)
	}
	if len(trailer) > 0 {
		trailers = fields(trailer)
	}
	return []member{
		{"http_version", binary(proto)}, {"headers", fields(h)}, {"content", content}, {"trailers", trailers},
		{"timestamp_start", start}, {"timestamp_end", end},
	}
}

func fields(h flow.Header) []any {
	out := make([]any, len(h))
	for i, f := range h {
		out[i] = []any{binary(f.Name), binary(f.Value)}
	}
	return out
}

func responseState(f *flow.Flow, start float64, end any) any {
	r := f.Response
	if r == nil {
		return nil
	}
	return append(messageOf(r.Proto, r.Header, r.Trailer, r.Body, start, end),
		member{"status_code", r.Status}, member{"reason", binary(http.StatusText(r.Status))})
}

func websocketState(f *flow.Flow, start float64, end any) any {
	if len(f.Messages) == 0 {
		return nil
	}
	var messages []any
	for _, m := range f.Messages {
		messages = append(messages, []any{int(m.Kind), m.FromClient, binary(m.Data), start + m.At.Seconds(), false, false})
	}
	return []member{
		{"messages", messages}, {"closed_by_client", nil}, {"close_code", nil}, {"close_reason", nil}, {"timestamp_end", end},
	}
}

// comment says which parts of a flow were not recorded.
func comment(f *flow.Flow) string {
	var parts []string
	add := func(side string, b flow.Body) {
		if b.Truncated {
			parts = append(parts, fmt.Sprintf("%s body: %d of %d bytes were recorded", side, len(b.Data), b.Size))
		}
	}
	add("request", f.Request.Body)
	if f.Response != nil {
		add("response", f.Response.Body)
	}
	return strings.Join(parts, "; ")
}

func hostPort(scheme, authority string) (host string, port int) {
	host, digits, err := net.SplitHostPort(authority)
	if err != nil {
		host, digits = strings.Trim(authority, "[]"), "80"
		if scheme == "https" {
			digits = "443"
		}
	}
	port, _ = strconv.Atoi(digits)
	return host, port
}

// authorityOf returns the pseudo-header of HTTP/2. Requests of HTTP/1 have a Host instead.
func authorityOf(f *flow.Flow) string {
	if strings.HasPrefix(f.Request.Proto, "HTTP/2") {
		return f.Request.Authority
	}
	return ""
}

func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

// appendValue appends a value as a typed netstring.
func appendValue(b []byte, v any) []byte {
	var data []byte
	kind := byte(',')
	switch v := v.(type) {
	case nil:
		kind = '~'
	case bool:
		data, kind = strconv.AppendBool(nil, v), '!'
	case int:
		data, kind = strconv.AppendInt(nil, int64(v), 10), '#'
	case float64:
		data, kind = strconv.AppendFloat(nil, v, 'f', -1, 64), '^'
	case text:
		data, kind = []byte(strings.ToValidUTF8(string(v), "\uFFFD")), ';'
	case binary:
		data = []byte(v)
	case []any:
		kind = ']'
		for _, x := range v {
			data = appendValue(data, x)
		}
	case []member:
		kind = '}'
		for _, m := range v {
			data = appendValue(appendValue(data, text(m.name)), m.value)
		}
	default:
		panic(fmt.Sprintf("mitmdump: no type for %T", v))
	}
	b = append(strconv.AppendInt(b, int64(len(data)), 10), ':')
	return append(append(b, data...), kind)
}

// Count returns the number of flows in a file without parsing them, of any protocol. A file that is
// not a flow file, or ends in the middle of a flow, is an error. The empty file has none.
func Count(r io.Reader) (int, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	for n := 0; ; n++ {
		head, err := in.Peek(16)
		if len(head) == 0 && err == io.EOF {
			return n, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return n, err
		}
		if !IsFlowFile(head) {
			return n, ErrNotFlowFile
		}
		length, err := readLength(in)
		if err == nil {
			_, err = io.CopyN(io.Discard, in, length)
		}
		kind := byte('}')
		if err == nil {
			kind, err = in.ReadByte()
		}
		if err != nil {
			return n, fmt.Errorf("flow %d: %w", n+1, unexpectedEOF(err))
		}
		if kind != '}' {
			return n, ErrNotFlowFile
		}
	}
}
