package mitmdump

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/exchange"
)

// VersionError is the error for a file in an unsupported version of the format.
type VersionError struct{ Version string }

func (e *VersionError) Error() string {
	return fmt.Sprintf("format version %s cannot be read, only %d to %d", e.Version, minVersion, maxVersion)
}

// dict is a dictionary in a flow file. Missing members read as zero values.
type dict map[string]any

func (d dict) text(name string) string { s, _ := d[name].(string); return s }

func (d dict) dict(name string) dict { m, _ := d[name].(map[string]any); return m }

// number returns an integer or float. It returns false for other values.
func (d dict) number(name string) (float64, bool) {
	switch v := d[name].(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// flowOf converts the state of a flow to a flow without Source.
func flowOf(v any) (f flow.Flow, err error) {
	m, ok := v.(map[string]any)
	if !ok {
		return f, errors.New("not a flow")
	}
	d := dict(m)
	if err := checkVersion(d["version"]); err != nil {
		return f, err
	}
	if kind := d.text("type"); kind != "http" {
		return f, exchange.ErrNotHTTP
	}
	q := d.dict("request")
	if q == nil {
		return f, errors.New("request: missing")
	}
	if f.Request, err = requestOf(q); err != nil {
		return f, err
	}
	f.Request.Authority = withServerName(f.Request.Authority, d.dict("server_conn").text("sni"))
	f.ID, f.Done = flow.NewID(), true
	start, _ := q.number("timestamp_start")
	if f.Started, err = parseTime(start); err != nil {
		return f, fmt.Errorf("request.timestamp_start: %w", err)
	}
	end, _ := q.number("timestamp_end")
	if r := d.dict("response"); r != nil {
		if f.Response, err = responseOf(r); err != nil {
			return f, err
		}
		if t, ok := r.number("timestamp_end"); ok {
			end = t
		}
	}
	f.Messages = messagesOf(d.dict("websocket"), start)
	if t, ok := d.dict("websocket").number("timestamp_end"); ok {
		end = t
	}
	if e := d.dict("error"); e != nil {
		f.Err = cmp.Or(e.text("msg"), "failed")
		if t, ok := e.number("timestamp"); ok {
			end = t
		}
	}
	if f.Response == nil && f.Err == "" {
		f.Err = "no answer"
	}
	if took := end - start; took > 0 && took < 1e9 {
		f.Took = time.Duration(took * 1e9)
	}
	return f, nil
}

// messagesOf returns the messages of a WebSocket. Each is a list: kind, sent by the client,
// content, time, dropped, and more that is not used.
func messagesOf(ws dict, start float64) []flow.Message {
	list, _ := ws["messages"].([]any)
	var out []flow.Message
	for _, x := range list {
		m, _ := x.([]any)
		if len(m) < 4 {
			continue
		}
		kind, ok1 := m[0].(int64)
		fromClient, ok2 := m[1].(bool)
		content, ok3 := m[2].(string)
		if !ok1 || !ok2 || !ok3 || kind < 1 || kind > 15 || len(m) > 4 && m[4] == true {
			continue
		}
		msg := flow.Message{FromClient: fromClient, Kind: flow.MessageKind(kind), Size: int64(len(content))}
		if content != "" {
			msg.Data = []byte(content)
		}
		if t, ok := m[3].(float64); ok && t > start && t-start < 1e9 {
			msg.At = time.Duration(math.Round((t-start)*1e6)) * time.Microsecond
		}
		out = append(out, msg)
	}
	return out
}

// checkVersion accepts the versions that have all members used here under the same names.
func checkVersion(v any) error {
	switch v := v.(type) {
	case int64:
		if v >= minVersion && v <= maxVersion {
			return nil
		}
		return &VersionError{strconv.FormatInt(v, 10)}
	case []any: // [1, 0, 0]: the version of the program, used before the format had its own
		var parts []string
		for _, n := range v {
			parts = append(parts, fmt.Sprint(n))
		}
		if len(v) >= 1 {
			if major, ok := v[0].(int64); ok && major >= 1 && major <= 3 {
				return nil
			}
		}
		return &VersionError{strings.Join(parts, ".")}
	}
	return errors.New("version: missing")
}

func parseTime(seconds float64) (time.Time, error) {
	if !(seconds > 0 && seconds < 1e11) {
		return time.Time{}, errors.New("not a time")
	}
	integer, part := math.Modf(seconds)
	// A float64 holds current times with microsecond precision.
	return time.Unix(int64(integer), int64(math.Round(part*1e6))*1000).UTC(), nil
}

func requestOf(q dict) (flow.Request, error) {
	r := flow.Request{
		Method: q.text("method"), Scheme: strings.ToLower(q.text("scheme")), Proto: exchange.Proto(q.text("http_version")),
		Header: headerOf(q["headers"]), Trailer: headerOf(q["trailers"]),
	}
	if !httpguts.ValidHeaderFieldName(r.Method) { // methods and field names are both tokens
		return r, errors.New("request.method: not a method")
	}
	if strings.EqualFold(r.Method, "CONNECT") {
		return r, exchange.ErrNotHTTP
	}
	if r.Scheme != "http" && r.Scheme != "https" {
		return r, errors.New("request.scheme: must be http or https")
	}
	var err error
	if r.Authority, err = authority(q, r.Scheme); err != nil {
		return r, err
	}
	r.Path, r.RawQuery, _ = strings.Cut(q.text("path"), "?")
	r.Path, _, _ = strings.Cut(r.Path, "#")
	if i := strings.Index(r.Path, "://"); i > 0 && !strings.HasPrefix(r.Path, "/") { // absolute form
		_, after, _ := strings.Cut(r.Path[i+3:], "/")
		r.Path = "/" + after
	}
	if r.Path == "" || r.Path[0] != '/' && r.Path != "*" {
		return r, errors.New("request.path: must start with /")
	}
	r.Body = bodyOf(q, r.Header)
	return r, nil
}

// authority returns the host of the connection, with its port unless it is the default of the
// scheme.
func authority(q dict, scheme string) (string, error) {
	host := strings.ToLower(q.text("host"))
	port, ok := q.number("port")
	if host == "" || strings.ContainsAny(host, "/?#@ \t\r\n\\<>\"") {
		return "", errors.New("request.host: not a host")
	}
	if !ok || port < 1 || port > 65535 || port != math.Trunc(port) {
		return "", errors.New("request.port: not a port")
	}
	if strings.ContainsAny(host, ":[]") {
		bare := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
		ip, _, _ := strings.Cut(bare, "%") // a zone
		if net.ParseIP(ip) == nil || strings.ContainsAny(bare, "[]") {
			return "", errors.New("request.host: not a host")
		}
		host = "[" + bare + "]"
	}
	if scheme == "http" && port == 80 || scheme == "https" && port == 443 {
		return host, nil
	}
	return host + ":" + strconv.Itoa(int(port)), nil
}

// withServerName replaces an IP address by the server name of TLS (SNI). A transparent proxy sees
// connections to addresses only.
func withServerName(authority, sni string) string {
	host, port, ok := strings.Cut(authority, ":")
	if strings.HasPrefix(authority, "[") {
		end := strings.IndexByte(authority, ']')
		host = authority[1:end]
		port, ok = strings.CutPrefix(authority[end+1:], ":")
	}
	sni = strings.ToLower(strings.TrimSuffix(sni, "."))
	if net.ParseIP(host) == nil || sni == "" || net.ParseIP(sni) != nil ||
		strings.ContainsAny(sni, "/?#@: \t\r\n\\<>\"") {
		return authority
	}
	if ok {
		return sni + ":" + port
	}
	return sni
}

func responseOf(d dict) (*flow.Response, error) {
	status, ok := d.number("status_code")
	if !ok || status < 100 || status > 999 || status != math.Trunc(status) {
		return nil, errors.New("response.status_code: not a status")
	}
	r := &flow.Response{
		Status: int(status), Proto: exchange.Proto(d.text("http_version")),
		Header: headerOf(d["headers"]), Trailer: headerOf(d["trailers"]),
	}
	r.Body = bodyOf(d, r.Header)
	return r, nil
}

// bodyOf returns a body. A body that was streamed past the recorder is missing: its size comes from
// the header.
func bodyOf(d dict, h flow.Header) flow.Body {
	content, kept := d["content"].(string)
	if kept {
		b := flow.Body{Size: int64(len(content))}
		if content != "" {
			b.Data = []byte(content)
		}
		return b
	}
	n, err := strconv.ParseInt(h.Get("Content-Length"), 10, 64)
	if err != nil || n <= 0 {
		if !h.Has("Transfer-Encoding") && !h.Has("Content-Type") {
			return flow.Body{}
		}
		n = 0
	}
	return flow.Body{Size: n, Truncated: true}
}

// headerOf returns header lines without pseudo-headers.
func headerOf(v any) flow.Header {
	list, _ := v.([]any)
	var h flow.Header
	for _, line := range list {
		pair, _ := line.([]any)
		if len(pair) != 2 {
			continue
		}
		name, ok1 := pair[0].(string)
		value, ok2 := pair[1].(string)
		if ok1 && ok2 && name != "" && name[0] != ':' {
			h = append(h, flow.Field{Name: name, Value: value})
		}
	}
	return h
}
