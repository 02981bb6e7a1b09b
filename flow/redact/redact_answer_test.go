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
		{"escapes", exchangeOf("application/json", `{"qu\u0065ry":"{me{note:\npass\u0077ord text}}"}`, "application/json", answer), false},
		{"a batch", exchangeOf("application/json", `[{"query":"{a}"},{"query":"{me{note:password text}}"}]`, "application/json", answer), false},
		{"truncated", exchangeOf("application/json", `{"query":"{me{note:\npassword text}}`, "application/json", answer), false},
		{"a document", exchangeOf("application/graphql", `{me{note:password text}}`, "application/json", answer), false},
		{"a form", exchangeOf("application/x-www-form-urlencoded", "query=%7Bme%7Bnote%3Apassword%7D%7D", "application/json", answer), false},
		{"a form with files", exchangeOf("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n"+
			`{"query":"{me{note:password text}}"}`+"\r\n--x--", "application/json", answer), false},
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
	f = exchangeOf("", "", "application/json", answer)
	f.Request.RawQuery = "query=%7Bme%7Bnote%3Apassword%7D%7D"
	if got := string(r.Flow(f).Response.Body.Data); strings.Contains(got, secret) {
		t.Errorf("a query in the URL: %s", got)
	}
	if got := string(r.Flow(f).Response.Body.Data); got != string(r.Flow(r.Flow(f)).Response.Body.Data) {
		t.Errorf("redacting twice changes %s", got)
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
		{"a film", "video/mp4", "bytes 20-30/90", secret, true},
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
