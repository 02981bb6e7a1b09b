package mitmdump_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/mitmdump"
)

// TestMessages reads the messages of a WebSocket that are complete and were not dropped.
func TestMessages(t *testing.T) {
	const at = 1795158443.25
	for _, tt := range []struct {
		name    string
		message any
		want    string
	}{
		{"a text", []any{1, true, []byte("hi"), at + 1, false}, "1s true 1 hi"}, {"the least kind", []any{1, false, []byte("hi"), at, false}, "0s false 1 hi"},
		{"the largest kind", []any{15, false, []byte("x"), at, false}, "0s false 15 x"}, {"kind 0", []any{0, true, []byte("hi"), at, false}, ""},
		{"kind 16", []any{16, true, []byte("hi"), at, false}, ""}, {"without the rest", []any{1, true, []byte("hi"), at}, "0s true 1 hi"},
		{"without a time", []any{1, true, []byte("hi")}, ""}, {"no list", "hi", ""}, {"dropped", []any{1, true, []byte("hi"), at, true}, ""},
		{"a kind that is a text", []any{"1", true, []byte("hi"), at}, ""}, {"a side that is a number", []any{1, 1, []byte("hi"), at}, ""},
		{"a number", []any{1, true, 5, at}, ""}, {"an early time", []any{1, true, []byte("hi"), at - 1}, "0s true 1 hi"}, {"no time", []any{1, true, []byte("hi"), nil}, "0s true 1 hi"},
		{"a time that is too late", []any{1, true, []byte("hi"), at + 2e9}, "0s true 1 hi"}, {"empty", []any{1, true, []byte{}, at}, "0s true 1 "},
	} {
		ok := []any{2, false, []byte("next"), at + 2, false}
		fs, _, err := read(dump(exchange.with("websocket", pairs{{"messages", []any{tt.message, ok}}})))
		if err != nil || len(fs) != 1 {
			t.Fatalf("%s: %v", tt.name, err)
		}
		var got []string
		for _, m := range fs[0].Messages {
			got = append(got, fmt.Sprintf("%v %v %d %s", m.At, m.FromClient, m.Kind, m.Data))
		}
		want := strings.TrimPrefix(tt.want+"|2s false 2 next", "|")
		if strings.Join(got, "|") != want {
			t.Errorf("%s: %q, want %q", tt.name, got, want)
		}
	}
}

// TestMembers reads members at the limits of what they may be.
func TestMembers(t *testing.T) {
	ask := func(name string, value any) pairs { return exchange.with("request", request.with(name, value)) }
	answer := func(name string, value any) pairs { return exchange.with("response", response.with(name, value)) }
	body := func(content any, nv ...string) pairs {
		return exchange.with("response", response.with("content", content).with("headers", headerLines(nv...)))
	}
	url := func(f flow.Flow) string { return f.Request.URL() }
	size := func(f flow.Flow) string {
		return fmt.Sprint(f.Response.Body.Size, f.Response.Body.Truncated, f.Response.Body.Data == nil)
	}
	for _, tt := range []struct {
		name string
		flow pairs
		show func(flow.Flow) string
		want string // or the error
	}{
		{"the first version", exchange.with("version", 4), url, "https://api.example.com:8443/v1/it%2Fems?x=1&y"},
		{"an older version", exchange.with("version", 3), url, "flow 1: format version 3 cannot be read, only 4 to 21"},
		{"a newer version", exchange.with("version", 22), url, "flow 1: format version 22 cannot be read, only 4 to 21"},
		{"the first program", exchange.with("version", []any{1}), url, "https://api.example.com:8443/v1/it%2Fems?x=1&y"},
		{"a newer program", exchange.with("version", []any{4, 0}), url, "flow 1: format version 4.0 cannot be read"},
		{"a program without a version", exchange.with("version", []any{}), url, "flow 1: format version  cannot be read"},
		{"a version that is a text", exchange.with("version", []any{"1"}), url, "flow 1: format version 1 cannot be read"},
		{"the largest port", ask("port", 65535), url, "https://api.example.com:65535/v1/it%2Fems?x=1&y"}, {"a larger one", ask("port", 65536), url, "flow 1: request.port: not a port"},
		{"the smallest port", ask("port", 1.0), url, "https://api.example.com:1/v1/it%2Fems?x=1&y"}, {"half a port", ask("port", 80.5), url, "flow 1: request.port: not a port"},
		{"no port", ask("port", removed{}), url, "flow 1: request.port: not a port"}, {"port 80 of https", ask("port", 80), url, "https://api.example.com:80/v1/it%2Fems?x=1&y"},
		{"the port of http", exchange.with("request", request.with("port", 80).with("scheme", []byte("HTTP"))), url, "http://api.example.com/v1/it%2Fems?x=1&y"},
		{"port 443 of http", exchange.with("request", request.with("port", 443).with("scheme", []byte("http"))), url, "http://api.example.com:443/v1/it%2Fems?x=1&y"},
		{"a zone", ask("host", "[fe80::1%eth0]"), url, "https://[fe80::1%eth0]:8443/v1/it%2Fems?x=1&y"}, {"a fragment", ask("path", []byte("/a#b?c")), url, "https://api.example.com:8443/a?c"},
		{"an absolute path", ask("path", []byte("http://a.example")), url, "https://api.example.com:8443/"}, {"a path with an address", ask("path", []byte("/u/http://a")), url, "https://api.example.com:8443/u/http://a"},
		{"an empty path", ask("path", []byte("?a")), url, "flow 1: request.path: must start with /"}, {"a method of another protocol", ask("method", []byte("connect")), url, ""},
		{"a name with a dot", exchange.with("request", request.with("host", "192.0.2.1")).with("server_conn", pairs{{"sni", "Shop.Example."}}), url, "https://shop.example:8443/v1/it%2Fems?x=1&y"},
		{"a name that is an address", exchange.with("request", request.with("host", "192.0.2.1")).with("server_conn", pairs{{"sni", "192.0.2.2"}}), url, "https://192.0.2.1:8443/v1/it%2Fems?x=1&y"},
		{"a name that is none", exchange.with("request", request.with("host", "192.0.2.1")).with("server_conn", pairs{{"sni", "a/b"}}), url, "https://192.0.2.1:8443/v1/it%2Fems?x=1&y"},
		{"no name", exchange.with("request", request.with("host", "192.0.2.1")).with("server_conn", pairs{{"sni", nil}}), url, "https://192.0.2.1:8443/v1/it%2Fems?x=1&y"},
		{"the smallest status", answer("status_code", 100), func(f flow.Flow) string { return fmt.Sprint(f.Response.Status) }, "100"},
		{"the largest status", answer("status_code", 999), func(f flow.Flow) string { return fmt.Sprint(f.Response.Status) }, "999"},
		{"a small status", answer("status_code", 99), url, "flow 1: response.status_code: not a status"}, {"a large status", answer("status_code", 1000), url, "flow 1: response.status_code: not a status"},
		{"half a status", answer("status_code", 200.5), url, "flow 1: response.status_code: not a status"}, {"no status", answer("status_code", nil), url, "flow 1: response.status_code: not a status"},
		{"an empty body", body([]byte{}, "Content-Length", "7"), size, "0 false true"}, {"a body of known size", body(nil, "Content-Length", "7"), size, "7 true true"},
		{"a body of size 0", body(nil, "Content-Length", "0"), size, "0 false true"}, {"no body", body(nil, "X", "1"), size, "0 false true"},
		{"a body of unknown size", body(nil, "Transfer-Encoding", "chunked"), size, "0 true true"}, {"a body of a type", body(nil, "Content-Type", "text/plain", "Content-Length", "-1"), size, "0 true true"},
		{"no end", answer("timestamp_end", nil), func(f flow.Flow) string { return f.Took.String() }, "250ms"}, {"a time of 0", ask("timestamp_start", 0.0), url, "flow 1: request.timestamp_start: not a time"},
		{"an end before the start", answer("timestamp_end", 1795158443.0), func(f flow.Flow) string { return f.Took.String() }, "0s"},
		{"an end that is too late", answer("timestamp_end", 1795158443.25+2e9), func(f flow.Flow) string { return f.Took.String() }, "0s"},
		{"a late time", ask("timestamp_start", 1e11), url, "flow 1: request.timestamp_start: not a time"},
		{"microseconds", ask("timestamp_start", 1795158443.000007), func(f flow.Flow) string { return f.Started.Format(time.RFC3339Nano) }, "2026-11-20T07:07:23.000007Z"},
		{"an error without a text", exchange.with("error", pairs{{"timestamp", 1795158445}}), func(f flow.Flow) string { return fmt.Sprint(f.Err, f.Took) }, "failed1.75s"},
		{"no answer", exchange.with("response", nil), func(f flow.Flow) string { return f.Err }, "no answer"},
		{"odd header lines", answer("headers", []any{"x", []any{[]byte("a")}, []any{1, []byte("b")}, []any{[]byte("c"), 2}, []any{[]byte(""), []byte("d")}, []any{[]byte("E"), []byte("f")}}),
			func(f flow.Flow) string { return fmt.Sprint(f.Response.Header) }, "[{E f}]"},
		{"HTTP/3", answer("http_version", []byte("http/3")), func(f flow.Flow) string { return f.Response.Proto }, "HTTP/3.0"},
		{"HTTP/2", answer("http_version", []byte("HTTP/2")), func(f flow.Flow) string { return f.Response.Proto }, "HTTP/2.0"},
		{"HTTP/1.0", answer("http_version", []byte("HTTP/1.0")), func(f flow.Flow) string { return f.Response.Proto }, "HTTP/1.0"},
		{"HTTP/9", answer("http_version", []byte("HTTP/9")), func(f flow.Flow) string { return f.Response.Proto }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fs, _, err := read(dump(tt.flow))
			if err != nil {
				if !strings.HasPrefix(err.Error(), tt.want) || tt.want == "" {
					t.Errorf("got %v, want %q", err, tt.want)
				}
				return
			}
			got := ""
			for _, f := range fs {
				got += tt.show(f)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestValues reads values of each type and refuses malformed ones, beside the members of a flow.
func TestValues(t *testing.T) {
	deep := func(n int) string {
		s := "0:]"
		for range n {
			s = fmt.Sprintf("%d:%s]", len(s), s)
		}
		return s
	}
	body := dump(exchange)
	body = body[strings.Index(body, ":")+1 : len(body)-1]
	for value, want := range map[string]string{
		"1:7#": "", "2:-7#": "", "1:x#": "not an integer", "0:#": "not an integer", "3:1e3^": "", "1:x^": "not a number", "4:true!": "", "5:false!": "", "1:x!": "unknown type",
		"0:~": "", "1:x~": "unknown type", "0:]": "", "0:}": "", "3:0:~}": "dictionary key is not a string", "6:0:~0:~}": "dictionary key is not a string",
		"3:0:;}": "dictionary key is not a string", "6:0:;0:~}": "", "1:x?": "unknown type", "1:x]": "missing length", "2::x]": "missing length", "3:-1:]": "wrong length",
		"3:9:x]": "wrong length", "3:1:x]": "wrong length", "4:1:x,]": "", "000000000000:~": "", "0000000000000:~": "missing length", deep(31): "", deep(32): "nested too deeply",
	} {
		s := body + "5:extra;" + value
		_, _, err := read(fmt.Sprintf("%d:%s}", len(s), s) + dump(exchange))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %q", value, err, want)
		}
	}
}

// TestMaxFlow reads a flow that is as large as may be, and no larger one.
func TestMaxFlow(t *testing.T) {
	text := dump(exchange)
	size := int64(len(text) - strings.Index(text, ":") - 2)
	for most, want := range map[int64]string{size: "", size - 1: fmt.Sprintf("flow 1: larger than the limit for one flow, %d bytes", size-1), 0: "", -1: ""} {
		got := ""
		for _, err := range mitmdump.Read(strings.NewReader(text), mitmdump.Config{MaxFlow: most}).Flows() {
			if err != nil {
				got = err.Error()
			}
		}
		if got != want {
			t.Errorf("at most %d bytes: %q, want %q", most, got, want)
		}
	}
	for text, want := range map[string]string{fmt.Sprint(mitmdump.DefaultMaxFlow, ":"): "ends in the middle", fmt.Sprint(mitmdump.DefaultMaxFlow+1, ":"): "larger than the limit for one flow, 134217728 bytes"} {
		if _, _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestFileErrors has files that cannot be read, and a reader that stops.
func TestFileErrors(t *testing.T) {
	text := dump(exchange)
	broken := errors.New("broken")
	for n, want := range map[int]string{0: "flow 1: broken", 3: "flow 1: broken", 40: "flow 1: broken", len(text): "flow 2: broken"} {
		var got error
		for _, err := range mitmdump.Read(brokenAfter{strings.NewReader(text[:n]), broken}, mitmdump.Config{}).Flows() {
			got = err
		}
		if got == nil || got.Error() != want || !errors.Is(got, broken) {
			t.Errorf("after %d bytes: %v, want %s", n, got, want)
		}
	}
	if _, _, err := read("\r\n" + text + "\r\n\n" + text + "\n"); err != nil {
		t.Errorf("line breaks: %v", err)
	}
	n := 0
	for range mitmdump.Read(strings.NewReader(text+text), mitmdump.Config{}).Flows() {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d flows after the reader stopped", n)
	}
}

// brokenAfter is a reader that fails at its end.
type brokenAfter struct {
	*strings.Reader
	err error
}

func (b brokenAfter) Read(p []byte) (int, error) {
	if b.Len() == 0 {
		return 0, b.err
	}
	return b.Reader.Read(p)
}

// TestWriteMembers checks members that mitmproxy reads and this program does not.
func TestWriteMembers(t *testing.T) {
	at := time.Unix(1795158443, 250e6).UTC()
	f := flow.Flow{ID: flow.ID{1, 2}, Started: at, Took: time.Second, Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: "/p", RawQuery: "q", Proto: "HTTP/2.0"},
		Response: &flow.Response{Status: 404}}
	write := func(f flow.Flow) string {
		var b bytes.Buffer
		if err := mitmdump.NewWriter(&b).Write(f); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	member := func(name, value string) string { return fmt.Sprintf("%d:%s;%s", len(name), name, value) }
	done, failed, plain := f, f, f
	done.Done = true
	failed.Err, failed.Response = "no \xff answer", nil
	plain.Request.Scheme, plain.Request.Authority, plain.Request.Proto, plain.Request.RawQuery = "http", "192.0.2.1", "", ""
	plain.Request.Body = flow.Body{Size: 5, Truncated: true}
	short := f
	short.Request.Body = flow.Body{Data: []byte("x"), Size: 1}
	short.Request.Trailer = flow.Header{{Name: "T", Value: "1"}}
	address := f
	address.Request.Authority = "[2001:db8::1]"
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"a flow", write(f), []string{member("sni", "9:a.example;"), member("tls", "4:true!"), member("port", "3:443#"), member("authority", "9:a.example,"), member("path", "4:/p?q,"), member("reason", "9:Not Found,"),
			member("timestamp_end", "0:~"), member("timestamp_start", "13:1795158443.25^"), member("version", "2:21#"), member("http_version", "8:HTTP/2.0,"), member("http_version", "8:HTTP/1.1,"),
			member("comment", "0:;"), member("content", "0:,"), member("websocket", "0:~"), member("error", "0:~")}},
		{"one with a body of one byte", write(short), []string{member("content", "1:x,"), member("trailers", "11:8:1:T,1:1,]]")}},
		{"one that is done", write(done), []string{member("timestamp_end", "13:1795158444.25^")}},
		{"one that failed", write(failed), []string{member("msg", "13:no \uFFFD answer;"), member("timestamp", "13:1795158443.25^"), member("response", "0:~")}},
		{"one without TLS", write(plain), []string{member("sni", "0:~"), member("tls", "5:false!"), member("port", "2:80#"), member("authority", "0:,"), member("path", "2:/p,"), member("content", "0:~"),
			member("comment", "40:request body: 0 of 5 bytes were recorded;")}},
		{"one to an address", write(address), []string{member("sni", "0:~"), member("host", "11:2001:db8::1;"), member("port", "3:443#")}},
	} {
		for _, want := range tt.want {
			if !strings.Contains(tt.text, want) {
				t.Errorf("%s has no %q:\n%s", tt.name, want, tt.text)
			}
		}
	}
}
