package mitmdump_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/mitmdump"
)

// dump encodes a value as a typed netstring. A string becomes characters, []byte becomes bytes.
func dump(v any) string {
	data, kind := "", ""
	switch v := v.(type) {
	case nil:
		kind = "~"
	case bool:
		data, kind = strconv.FormatBool(v), "!"
	case int:
		data, kind = strconv.Itoa(v), "#"
	case float64:
		data, kind = strconv.FormatFloat(v, 'g', -1, 64), "^"
	case string:
		data, kind = v, ";"
	case []byte:
		data, kind = string(v), ","
	case []any:
		for _, x := range v {
			data += dump(x)
		}
		kind = "]"
	case pairs:
		for _, p := range v {
			data += dump(p.name) + dump(p.value)
		}
		kind = "}"
	default:
		panic(fmt.Sprintf("%T", v))
	}
	return fmt.Sprintf("%d:%s%s", len(data), data, kind)
}

type pair struct {
	name  string
	value any
}

// pairs is a dictionary whose members have an order.
type pairs []pair

// with returns p with one member replaced or added. The value removed{} deletes the member.
func (p pairs) with(name string, value any) pairs {
	var out pairs
	found := false
	for _, x := range p {
		if x.name == name {
			found = true
			if value == (removed{}) {
				continue
			}
			x.value = value
		}
		out = append(out, x)
	}
	if !found && value != (removed{}) {
		out = append(out, pair{name, value})
	}
	return out
}

// removed is the value that makes pairs.with delete a member.
type removed struct{}

// headerLines returns a header from alternating names and values.
func headerLines(nv ...string) []any {
	var out []any
	for i := 0; i < len(nv); i += 2 {
		out = append(out, []any{[]byte(nv[i]), []byte(nv[i+1])})
	}
	return out
}

var request = pairs{
	{"headers", headerLines(":authority", "api.example.com", "Accept", "*/*", "X-B", "1", "X-B", "2")},
	{"content", []byte("a=1\x00\xff")}, {"trailers", nil}, {"timestamp_start", 1795158443.25}, {"timestamp_end", 1795158443.5},
	{"host", "API.example.com"}, {"port", 8443}, {"method", []byte("POST")}, {"scheme", []byte("https")}, {"authority", []byte("")},
	{"path", []byte("/v1/it%2Fems?x=1&y")}, {"http_version", []byte("HTTP/2.0")},
}

var response = pairs{
	{"http_version", []byte("HTTP/2.0")}, {"status_code", 201}, {"reason", []byte("Created")}, {"headers", headerLines("Content-Type", "application/json")},
	{"content", []byte("{}")}, {"trailers", headerLines("X-Sum", "9")}, {"timestamp_start", 1795158444.0}, {"timestamp_end", 1795158444.25},
}

var exchange = pairs{
	{"type", "http"}, {"version", 21}, {"websocket", nil}, {"id", "1"}, {"error", nil}, {"comment", ""}, {"metadata", pairs{}},
	{"request", request}, {"response", response},
}

// read reads a file up to the first error.
func read(s string) (fs []flow.Flow, skipped int, err error) {
	r := mitmdump.Read(strings.NewReader(s), mitmdump.Config{Source: "import:x.mitm"})
	for f, err := range r.Flows() {
		if err != nil {
			return fs, r.Skipped(), err
		}
		f.ID = flow.ID{}
		fs = append(fs, f)
	}
	return fs, r.Skipped(), nil
}

// TestRead checks that every member of a flow is read.
func TestRead(t *testing.T) {
	want := flow.Flow{
		Source: "import:x.mitm", Done: true, Started: time.Unix(1795158443, 250e6).UTC(), Took: time.Second,
		Request: flow.Request{
			Method: "POST", Scheme: "https", Authority: "api.example.com:8443", Path: "/v1/it%2Fems",
			RawQuery: "x=1&y", Proto: "HTTP/2.0",
			Header: flow.Header{{Name: "Accept", Value: "*/*"}, {Name: "X-B", Value: "1"}, {Name: "X-B", Value: "2"}},
			Body:   flow.Body{Data: []byte("a=1\x00\xff"), Size: 5},
		},
		Response: &flow.Response{
			Status: 201, Proto: "HTTP/2.0", Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
			Trailer: flow.Header{{Name: "X-Sum", Value: "9"}}, Body: flow.Body{Data: []byte("{}"), Size: 2},
		},
	}
	got, _, err := read(dump(exchange) + dump(exchange) + "\n")
	if err != nil || len(got) != 2 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("%v\ngot  %+v %+v\nwant %+v %+v", err, got[0], got[0].Response, want, want.Response)
	}
}

// TestReadVariants checks the forms that mitmproxy versions and kinds of flows give to members.
func TestReadVariants(t *testing.T) {
	for _, tt := range []struct {
		name  string
		flow  pairs
		check func(flow.Flow) bool
	}{
		{"early version", exchange.with("version", []any{3, 0, 0}).with("request", request.with("host", []byte("a.example"))), func(f flow.Flow) bool {
			return f.Request.Authority == "a.example:8443"
		}},
		{"no response", exchange.with("response", nil).with("error", pairs{{"msg", "connection refused"}, {"timestamp", 1795158443.75}}), func(f flow.Flow) bool {
			return f.Response == nil && f.Err == "connection refused" && f.Took == 500*time.Millisecond
		}},
		{"WebSocket", exchange.with("websocket", pairs{{"timestamp_end", 1795158446.25}, {"messages", []any{
			[]any{1, true, []byte("hi"), 1795158443.5, false, false},
			[]any{2, false, []byte("\x00\xff"), 1795158444.25, false},
			[]any{1, true, []byte("dropped"), 1795158444.5, true, false},
		}}}), func(f flow.Flow) bool {
			return f.Took == 3*time.Second && reflect.DeepEqual(f.Messages, []flow.Message{
				{At: 250 * time.Millisecond, FromClient: true, Kind: flow.Text, Data: []byte("hi"), Size: 2},
				{At: time.Second, Kind: flow.Binary, Data: []byte("\x00\xff"), Size: 2},
			})
		}},
		{"body not recorded", exchange.with("response", response.with("content", nil).with("headers", headerLines("Content-Length", "1234"))), func(f flow.Flow) bool {
			return f.Response.Body.Truncated && f.Response.Body.Size == 1234 && f.Response.Body.Data == nil
		}},
		{"absolute form", exchange.with("request", request.with("path", []byte("http://a.example/x?y"))), func(f flow.Flow) bool {
			return f.Request.Path == "/x" && f.Request.RawQuery == "y"
		}},
		{"IPv6, default port", exchange.with("request", request.with("host", "::1").with("port", 443)), func(f flow.Flow) bool {
			return f.Request.Authority == "[::1]"
		}},
		{"IPv4 address with SNI", exchange.with("request", request.with("host", "192.0.2.1")).with("server_conn", pairs{{"sni", "Shop.Example"}}), func(f flow.Flow) bool {
			return f.Request.Authority == "shop.example:8443"
		}},
		{"IPv6 address with SNI", exchange.with("request", request.with("host", "::1").with("port", 443)).with("server_conn", pairs{{"sni", "shop.example"}}), func(f flow.Flow) bool {
			return f.Request.Authority == "shop.example"
		}},
		{"host name with another SNI", exchange.with("server_conn", pairs{{"sni", "shop.example"}}), func(f flow.Flow) bool {
			return f.Request.Authority == "api.example.com:8443"
		}},
		{"OPTIONS *", exchange.with("request", request.with("path", []byte("*")).with("method", []byte("OPTIONS"))), func(f flow.Flow) bool {
			return f.Request.Path == "*"
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fs, _, err := read(dump(tt.flow))
			if err != nil || len(fs) != 1 || !tt.check(fs[0]) {
				t.Errorf("got %+v, %v", fs, err)
			}
		})
	}
}

// TestReadSkips checks that flows other than HTTP exchanges are skipped and counted.
func TestReadSkips(t *testing.T) {
	tcp := pairs{{"type", "tcp"}, {"version", 21}, {"messages", []any{}}}
	connect := exchange.with("request", request.with("method", []byte("CONNECT")))
	fs, skipped, err := read(dump(tcp) + dump(exchange) + dump(connect))
	if err != nil || len(fs) != 1 || skipped != 2 {
		t.Errorf("%d flows, %d skipped, %v", len(fs), skipped, err)
	}
}

// TestIsFlowFile checks the detection of mitmproxy files.
func TestIsFlowFile(t *testing.T) {
	for in, want := range map[string]bool{
		dump(exchange): true, "1939:9:websocket;0:~8:response;430": true, `{"log":{}}`: false, "": false,
		"12": false, "12:": false, "2026-11-20": false, "5:hello,": false,
	} {
		t.Run(fmt.Sprintf("%.30q", in), func(t *testing.T) {
			if got := mitmdump.IsFlowFile([]byte(in)); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// FuzzRead checks that any bytes are read without a panic, and that flows without error are
// complete.
func FuzzRead(f *testing.F) {
	f.Add([]byte(dump(exchange)))
	f.Add([]byte(dump(exchange.with("response", nil))))
	f.Add([]byte("5:hello,3:1.5^4:true!0:~"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for fl, err := range mitmdump.Read(bytes.NewReader(data), mitmdump.Config{MaxFlow: 1 << 20}).Flows() {
			if err == nil && (fl.Request.Method == "" || fl.Request.Authority == "" || fl.Request.Path == "") {
				t.Fatalf("%+v", fl)
			}
		}
	})
}
