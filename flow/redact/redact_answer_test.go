package redact_test

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
)

// exchangeOf returns a flow of a request and its response.
func exchangeOf(requestType, request, responseType, response string, more ...flow.Field) flow.Flow {
	f := flow.Flow{Done: true, Response: &flow.Response{Status: 200}}
	set := func(h *flow.Header, b *flow.Body, typ, data string) {
		*h = flow.Header{{Name: "Content-Type", Value: typ}}
		*b = flow.Body{Data: []byte(data), Size: int64(len(data))}
	}
	set(&f.Request.Header, &f.Request.Body, requestType, request)
	set(&f.Response.Header, &f.Response.Body, responseType, response)
	f.Response.Header = append(f.Response.Header, more...)
	return f
}

// TestAliasedSecrets redacts what a GraphQL query gives another name, and nothing else of a response.
func TestAliasedSecrets(t *testing.T) {
	const secret = "blue horse"
	const answer = `{"data":{"me":{"note":"` + secret + `","text":"harmless"}}}`
	r := redact.New([]byte("key"), redact.Config{})
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(`{"query":"{me{note:password text}}"}`))
	z.Close()
	for _, tt := range []struct {
		name  string
		f     flow.Flow
		shown bool
	}{
		{"JSON", exchangeOf("application/json", `{"query":"{me{note:password text}}"}`, "application/json", answer), false},
		{"a batch", exchangeOf("application/json", `[{"query":"{a}"},{"query":"{me{note:password text}}"}]`, "application/json", answer), false},
		{"truncated", exchangeOf("application/json", `{"query":"{me{note:\npassword text}}`, "application/json", answer), false},
		{"a document", exchangeOf("application/graphql", `{me{note:password text}}`, "application/json", answer), false},
		{"a form", exchangeOf("application/x-www-form-urlencoded", "query=%7Bme%7Bnote%3Apassword%7D%7D", "application/json", answer), false},
		{"a form with files", exchangeOf("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n"+
			`{"query":"{me{note:password text}}"}`+"\r\n--x--", "application/json", answer), false},
		{"a form with a quote before it", exchangeOf("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"size\"\r\n\r\n"+
			"27\"\r\n--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n"+`{"query":"{me{note:password text}}"}`+"\r\n--x--", "application/json", answer), false},
		{"an object", exchangeOf("application/json", `{"query":"{me{note:credentials{plain} text}}"}`, "application/json",
			`{"data":{"me":{"note":{"plain":"`+secret+`"},"text":"harmless"}}}`), false},
		{"a list of queries", exchangeOf("application/json", `{"query":["{a}","{me{note:password text}}"]}`, "application/json", answer), false},
		{"another field", exchangeOf("application/json", `{"query":"{me{note:color text}}"}`, "application/json", answer), true},
		{"no query", exchangeOf("application/json", `{"text":"{me{note:password text}}"}`, "application/json", answer), true},
	} {
		if got := string(r.Flow(tt.f).Response.Body.Data); strings.Contains(got, secret) != tt.shown || !strings.Contains(got, "harmless") {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
	f := exchangeOf("application/json", packed.String(), "application/json", answer)
	f.Request.Header = append(f.Request.Header, flow.Field{Name: "Content-Encoding", Value: "gzip"})
	if got := string(r.Flow(f).Response.Body.Data); strings.Contains(got, secret) {
		t.Errorf("a packed query: %s", got)
	}
	var wide []byte
	for _, c := range []byte(`{"query":"{me{note:password text}}"}`) {
		wide = append(wide, c, 0)
	}
	for charset, query := range map[string]string{"utf-16le": string(wide), "of-nobody": `{"query":"{me{note:password text}}"}`} {
		f = exchangeOf("application/json; charset="+charset, query, "application/json", answer)
		if got := string(r.Flow(f).Response.Body.Data); strings.Contains(got, secret) {
			t.Errorf("a query in %s: %s", charset, got)
		}
	}
	f = exchangeOf("", "", "application/json", answer)
	f.Request.RawQuery = "query=%7Bme%7Bnote%3Apassword%7D%7D"
	if got := string(r.Flow(f).Response.Body.Data); strings.Contains(got, secret) {
		t.Errorf("a query in the URL: %s", got)
	}
	if got := string(r.Flow(f).Response.Body.Data); got != string(r.Flow(r.Flow(f)).Response.Body.Data) {
		t.Errorf("redacting twice changes %s", got)
	}
}

// TestAliasedSecretsOfMessages does the same for the protocols of GraphQL on WebSockets, and for
// those that have them in strings of their own messages.
func TestAliasedSecretsOfMessages(t *testing.T) {
	const secret = "blue horse"
	const data = `{"data":{"me":{"note":"` + secret + `","text":"harmless"}}}`
	const query = `"query":"subscription{me{note:\npassword text}}"`
	r := redact.New([]byte("key"), redact.Config{})
	for _, tt := range []struct {
		name, sent, received string
		shown                bool
	}{
		{"graphql-transport-ws", `{"id":"1","type":"subscribe","payload":{` + query + `}}`, `{"id":"1","type":"next","payload":` + data + `}`, false},
		{"graphql-ws", `{"type":"start","id":"1","payload":{"variables":{},` + query + `}}`, `{"type":"data","id":"1","payload":` + data + `}`, false},
		{"in a string", `{"payload":{"data":` + quoted(`{`+query+`}`) + `}}`, `{"payload":` + data + `}`, false},
		{"in strings of both", `{"command":"message","data":` + quoted(`{`+query+`}`) + `}`, `{"message":{"result":` + quoted(data) + `}}`, false},
		{"in a list", `["1","2","control","doc",{` + query + `}]`, `["1","2","control","data",{"result":` + data + `}]`, false},
		{"of Socket.IO", `42["graphql",{` + query + `}]`, `42["graphql",` + data + `]`, false},
		{"truncated", `{"type":"subscribe","payload":{` + query[:len(query)-4], data, false},
		{"an object", `{"payload":{"query":"{me{note: credentials{plain} text}}"}}`, `{"me":{"note":{"plain":"` + secret + `"},"text":"harmless"}}`, false},
		{"another field", `{"payload":{"query":"{me{note:color text}}"}}`, data, true},
		{"no query", `{"payload":{"text":"{me{note:password text}}"}}`, data, true},
		{"a value, which the path does not name", `{}`, `{"value":"` + secret + `","text":"harmless"}`, true},
	} {
		f := flow.Flow{Done: true, Request: flow.Request{Path: "/kv/api_key"}, Messages: []flow.Message{{FromClient: true, Kind: flow.Text, Data: []byte(tt.sent)}, {Kind: flow.Text, Data: []byte(tt.received)}}}
		once := r.Flow(f)
		if got := string(once.Messages[1].Data); strings.Contains(got, secret) != tt.shown || !strings.Contains(got, "harmless") {
			t.Errorf("%s: %s", tt.name, got)
		}
		if again := r.Flow(once); string(again.Messages[1].Data) != string(once.Messages[1].Data) {
			t.Errorf("%s: redacting twice gives %s", tt.name, again.Messages[1].Data)
		}
	}
}

// TestPathsNameValues redacts the value that a path asks for by the name of a secret.
func TestPathsNameValues(t *testing.T) {
	const secret = "blue horse"
	r := redact.New([]byte("key"), redact.Config{})
	for path, shown := range map[string]bool{
		"/actuator/env/spring.datasource.password": false, "/kv/DB_PASSWORD": false, "/config/api%5Fkey": false,
		"/actuator/env/spring.datasource.url": true, "/passwords": true, "/password-policy": true, "/password/7": true, "": true,
	} {
		f := exchangeOf("", "", "application/json", `{"property":{"source":"a","value":"`+secret+`"},"sources":[{"name":"x","property":{"value":"`+secret+`"}}]}`)
		f.Request.Path = path
		if got := string(r.Flow(f).Response.Body.Data); strings.Contains(got, secret) != shown || !strings.Contains(got, `"name":"x"`) {
			t.Errorf("%s: %s", path, got)
		}
	}
}

// TestFragments redacts pieces of bodies whose names may stand before them.
func TestFragments(t *testing.T) {
	const secret = "blue horse"
	r := redact.New([]byte("key"), redact.Config{})
	for _, tt := range []struct {
		name, typ, contentRange, body string
		shown                         bool
	}{
		{"the value of a member", "application/json", "bytes 20-30/90", secret + `","a":1}`, false},
		{"text", "text/plain", "bytes 20-30/90", secret, false},
		{"no type", "", "bytes 20-30/*", secret, false},
		{"parts", "multipart/byteranges; boundary=x", "", "--x\r\nContent-Range: bytes 1-9/90\r\n\r\n" + secret + "\r\n--x--", false},
		{"the beginning", "text/plain", "bytes 0-9/90", secret, true},
		{"the beginning, written otherwise", "text/plain", "bytes 00-9/90", secret, true},
		{"none", "text/plain", "bytes */90", secret, true},
		{"a film", "video/mp4", "bytes 20-30/90", secret, false},
		{"whole", "text/plain", "", secret, true},
	} {
		var more []flow.Field
		if tt.contentRange != "" {
			more = append(more, flow.Field{Name: "Content-Range", Value: tt.contentRange})
		}
		f := r.Flow(exchangeOf("", "", tt.typ, tt.body, more...))
		if got := string(f.Response.Body.Data); strings.Contains(got, secret[:4]) != tt.shown {
			t.Errorf("%s: %s", tt.name, got)
		}
		if again := r.Flow(f); !bytes.Equal(again.Response.Body.Data, f.Response.Body.Data) {
			t.Errorf("%s: redacting twice gives %s", tt.name, again.Response.Body.Data)
		}
	}
}
