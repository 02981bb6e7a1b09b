package mirror

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

func parse(t *testing.T, text string) *jsonrpc.Message {
	t.Helper()
	return must.Get(jsonrpc.Parse([]byte(text)))
}

// header returns a header of pairs of names and values.
func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

const (
	version = "2026-07-28"
	meta    = `"_meta":{"io.modelcontextprotocol/protocolVersion":"` + version + `"}`
)

// TestCheck checks that a request is accepted only with headers that say what its body says: what
// stands between reads the headers, and the server the body.
func TestCheck(t *testing.T) {
	const list = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{` + meta + `}}`
	call := func(method, member, name string) string {
		return `{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":{` + meta + `,"` + member + `":"` + name + `"}}`
	}
	with := func(method string, more ...string) http.Header {
		return header(append([]string{HeaderVersion, version, HeaderMethod, method}, more...)...)
	}
	for _, tt := range []struct {
		name   string
		body   string
		header http.Header
		want   string // part of the error, "" for none
	}{
		{"list", list, with("tools/list"), ""},
		{"list with a name, which lists have not", list, with("tools/list", HeaderName, "x"), ""},
		{"tool", call("tools/call", "name", "a"), with("tools/call", HeaderName, "a"), ""},
		{"prompt", call("prompts/get", "name", "a"), with("prompts/get", HeaderName, "a"), ""},
		{"resource", call("resources/read", "uri", "file:///a"), with("resources/read", HeaderName, "file:///a"), ""},
		{"task", call("tasks/get", "taskId", "7"), with("tasks/get", HeaderName, "7"), ""},
		{"task without a name", call("tasks/cancel", "taskId", "7"), with("tasks/cancel"), ""},
		{"name in base64", call("tools/call", "name", "ä"), with("tools/call", HeaderName, "=?base64?w6Q=?="), ""},
		{"notification", `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{` + meta + `}}`, header(HeaderVersion, version), ""},

		{"resumed", list, with("tools/list", "Last-Event-ID", "3"), "Last-Event-ID"},
		{"no version", list, header(HeaderMethod, "tools/list"), HeaderVersion + " is missing"},
		{"another version", list, header(HeaderVersion, "2025-11-25", HeaderMethod, "tools/list"), HeaderVersion + " differs"},
		{"two versions", list, with("tools/list", HeaderVersion, version), HeaderVersion + " is sent more than once"},
		{"no version in the body", `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, with("tools/list"), "does not name its protocol version"},
		{"no method", list, header(HeaderVersion, version), HeaderMethod + " is missing"},
		{"another method", list, with("tools/call"), HeaderMethod + " differs"},
		{"another case", list, with("Tools/list"), HeaderMethod + " differs"},
		{"two methods", list, with("tools/list", HeaderMethod, "tools/list"), HeaderMethod + " is sent more than once"},
		{"other method of a notification", `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{` + meta + `}}`, with("tools/call"), HeaderMethod + " differs"},
		{"no name", call("tools/call", "name", "a"), with("tools/call"), HeaderName + " is missing"},
		{"no name of a resource", call("resources/read", "uri", "file:///a"), with("resources/read"), HeaderName + " is missing"},
		{"another name", call("tools/call", "name", "a"), with("tools/call", HeaderName, "b"), HeaderName + " differs"},
		{"another prompt", call("prompts/get", "name", "a"), with("prompts/get", HeaderName, "b"), HeaderName + " differs"},
		{"another resource", call("resources/read", "uri", "file:///a"), with("resources/read", HeaderName, "file:///b"), HeaderName + " differs"},
		{"another task", call("tasks/update", "taskId", "7"), with("tasks/update", HeaderName, "8"), HeaderName + " differs"},
		{"invalid base64", call("tools/call", "name", "a"), with("tools/call", HeaderName, "=?base64?*?="), HeaderName + " differs"},
		{"two names", call("tools/call", "name", "a"), with("tools/call", HeaderName, "a", HeaderName, "a"), HeaderName + " is sent more than once"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bad := Check(tt.header, parse(t, tt.body))
			switch {
			case (bad == nil) != (tt.want == ""):
				t.Fatalf("got %v, want %q", bad, tt.want)
			case bad == nil:
			case !strings.Contains(bad.Why, tt.want):
				t.Errorf("got %q, want %q", bad.Why, tt.want)
			}
		})
	}
}

// TestEncode checks that a text arrives as it was, and as a valid header.
func TestEncode(t *testing.T) {
	for text, want := range map[string]string{
		"":                "",
		"plain text ~":    "plain text ~",
		" before":         "=?base64?IGJlZm9yZQ==?=",
		"after\t":         "=?base64?YWZ0ZXIJ?=",
		"a\nb":            "=?base64?YQpi?=",
		"\x7f":            "=?base64?fw==?=",
		"\x1f":            "=?base64?Hw==?=",
		"ä":               "=?base64?w6Q=?=",
		"=?base64?YQ==?=": "=?base64?PT9iYXNlNjQ/WVE9PT89?=",
		"=?base64":        "=?base64",
	} {
		if got := Encode(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if back, ok := decodeHeader(want); !ok || back != text {
			t.Errorf("%q: %q, %t", want, back, ok)
		}
	}
	if got, ok := decodeHeader("=?base64?open"); !ok || got != "=?base64?open" {
		t.Errorf("a value that only begins like base64: %q, %t", got, ok)
	}
}

// client is the HTTP request of a client.
type client struct{ header http.Header }

func (c client) Request() *http.Request { return &http.Request{Header: c.header} }
func (client) IsStateless() bool        { return true }
func (client) Lacks([]string)           {}
func (client) End()                     {}

// TestSet checks that a call gets the headers that its tool binds to arguments, and that it is
// refused if its client sent others.
func TestSet(t *testing.T) {
	bindings := Bindings(map[string]any{"properties": map[string]any{
		"region": map[string]any{"x-mcp-header": "region"},
		"plain":  map[string]any{"x-mcp-header": ""},
		"tenant": map[string]any{"properties": map[string]any{"id": map[string]any{"x-mcp-header": "Tenant"}}},
	}})
	want := map[string][]string{"Mcp-Param-Region": {"region"}, "Mcp-Param-Tenant": {"tenant", "id"}}
	if !reflect.DeepEqual(bindings, want) {
		t.Fatalf("bindings %v, want %v", bindings, want)
	}
	if got := Bindings(map[string]any{"properties": map[string]any{"a": map[string]any{}}}); got != nil {
		t.Errorf("a schema without bindings has %v", got)
	}
	for _, tt := range []struct {
		name      string
		arguments string
		sent      http.Header // by the client; nil if there is none
		headers   []string    // of the request to the server; nil if it is refused
	}{
		{"from stdio", `{"region":"eu","tenant":{"id":7}}`, nil, []string{"Mcp-Param-Region: eu", "Mcp-Param-Tenant: 7"}},
		{"boolean", `{"region":true}`, nil, []string{"Mcp-Param-Region: true"}},
		{"other letters", `{"region":"ä"}`, nil, []string{"Mcp-Param-Region: =?base64?w6Q=?="}},
		{"no argument", `{}`, nil, []string{}},
		{"null", `{"region":null}`, nil, []string{}},
		{"object", `{"region":{},"tenant":[]}`, nil, []string{}},
		{"fraction", `{"region":1.5}`, nil, []string{}},
		{"exponent", `{"region":1e3}`, nil, []string{}},
		{"same", `{"region":"eu"}`, header("Mcp-Param-Region", "eu"), []string{"Mcp-Param-Region: eu"}},
		{"same in base64", `{"region":"eu"}`, header("Mcp-Param-Region", "=?base64?ZXU=?="), []string{"Mcp-Param-Region: eu"}},
		{"none of both", `{}`, header(), []string{}},

		{"other", `{"region":"eu"}`, header("Mcp-Param-Region", "us"), nil},
		{"missing", `{"region":"eu"}`, header(), nil},
		{"twice", `{"region":"eu"}`, header("Mcp-Param-Region", "eu", "Mcp-Param-Region", "eu"), nil},
		{"without an argument", `{}`, header("Mcp-Param-Tenant", "7"), nil},
		{"empty without an argument", `{}`, header("Mcp-Param-Tenant", ""), nil},
		{"invalid base64", `{"region":""}`, header("Mcp-Param-Region", "=?base64?*?="), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := jsonrpc.Packet{Message: parse(t, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":`+tt.arguments+`}}`)}
			if tt.sent != nil {
				p.Via = client{tt.sent}
			}
			bad := Set(p, bindings)
			if (bad != nil) != (tt.headers == nil) {
				t.Fatalf("got %v, want the headers %q", bad, tt.headers)
			}
			if bad != nil {
				if !strings.Contains(bad.Why, "differs from the argument") || bad.Code != CodeMismatch {
					t.Errorf("got %+v", bad)
				}
				return
			}
			got := []string{}
			for _, h := range p.Mirror {
				got = append(got, h.Name+": "+h.Value)
			}
			if slices.Sort(got); !slices.Equal(got, tt.headers) {
				t.Errorf("got %q, want %q", got, tt.headers)
			}
		})
	}
}

// TestHeaders checks that what the gateway sends passes the check of a server.
func TestHeaders(t *testing.T) {
	for _, body := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{` + meta + `}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{` + meta + `,"name":" ä"}}`,
		`{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{` + meta + `,"uri":"file:///a"}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{` + meta + `,"taskId":"7"}}`,
	} {
		m := parse(t, body)
		m.Mirror = []egress.Pair{{Name: "Mcp-Param-A", Value: "1"}}
		h := http.Header{}
		for _, p := range Headers(m, version) {
			h.Add(p.Name, p.Value)
		}
		if bad := Check(h, m); bad != nil {
			t.Errorf("%s: %s", body, bad.Why)
		}
		_, named := NameOf(m)
		if h.Get("Mcp-Param-A") != "1" || (h.Get(HeaderName) != "") != named {
			t.Errorf("%s: headers %q", body, slices.Sorted(maps.Keys(h)))
		}
	}
}
