package filter

import (
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// TestProbes checks what probes tell about texts before redaction.
func TestProbes(t *testing.T) {
	plain := flow.Header{{Name: "Content-Type", Value: "text/plain"}}
	for _, tt := range []struct {
		name, value string
		make        func(string) *Probe
		text        string
		absent      bool
	}{
		{"word", "order", NewProbe, "a chair", true}, {"word that is there", "order", NewProbe, "an ORDER", false},
		{"pattern", "~[0-9]{12}", NewProbe, "12345", true}, {"pattern that is there", "~[0-9]{12}", NewProbe, "123456789012", false},
		{"digits that stand alone", "1234", NewWordProbe, "no digits", true}, {"digits that are there", "1234", NewWordProbe, "1234", false},
		{"a tilde in a part", "~order", NewPartProbe, "a chair", true}, {"characters", "x{y}z", NewPartProbe, "xz", true},
		{"characters that are there", "x{y}z", NewPartProbe, "x{y}z", false},
	} {
		p := tt.make(tt.value)
		if p == nil {
			t.Errorf("%s: no probe", tt.name)
			continue
		}
		if p.AbsentText(tt.text) != tt.absent || p.AbsentBody(plain, tt.text) != tt.absent || !p.AbsentBody(plain, "") {
			t.Errorf("%s: absent in the text %t, in the body %t, in none %t", tt.name, p.AbsentText(tt.text), p.AbsentBody(plain, tt.text), p.AbsentBody(plain, ""))
		}
	}
	for _, value := range []string{"secret", "1234", "ab", "~.*", "~("} {
		if p := NewProbe(value); p != nil {
			t.Errorf("a probe for %s: %+v", value, p)
		}
	}
	for value, want := range map[string]bool{"": false, "123456789": true, "12345678901": true, "redacted": false} {
		if got := NewWordProbe(value) != nil; got != want {
			t.Errorf("a probe for the word %q: %t", value, got)
		}
	}
	for value, want := range map[string]bool{"order": true, "length": false, "utf": false, "CHARSET": false, "12345678901234": true} {
		p := NewPartProbe(value)
		if got := p.ForMessages() != nil; got != want {
			t.Errorf("a probe for messages with %s: %t", value, got)
		}
	}
	if NewWordProbe("1234").ForMessages() == nil || (*Probe)(nil).ForMessages() != nil {
		t.Error("digits that stand alone are not looked for in Content-Length")
	}
}

// TestPlainBodies tells the bodies of which redaction only replaces parts.
func TestPlainBodies(t *testing.T) {
	for _, tt := range []struct {
		mediaType, body string
		want            bool
	}{
		{"text/plain", "order", true}, {"text/plain", "a%20b", false}, {"text/plain", `a\b`, false}, {"text/plain", "a&b", false}, {"text/plain", "<a>", true},
		{"application/json", `{"a":"b%"}`, true}, {"application/json", `{"a":"<"}`, false}, {"application/json", `{"a":"\n"}`, false}, {"", ` {"a":"b%"}`, true},
		{"", `["&"]`, false}, {"application/x-www-form-urlencoded", "a=b", false}, {"multipart/mixed", "a", false}, {"text/event-stream", "data: a", false},
		{"application/x-ndjson", "1", false}, {"application/yaml", "a: b", false}, {"text/csv", "a,b", false}, {"text/tab-separated-values", "a", false},
		{"", "- a", false}, {"text/plain", "- a", true}, {"text/plain", strings.Repeat("a", maxBody-1), true}, {"text/plain", strings.Repeat("a", maxBody), false},
	} {
		if got := isPlainBody(flow.Header{{Name: "Content-Type", Value: tt.mediaType}}, tt.body); got != tt.want {
			t.Errorf("%s, %.20s: %t", tt.mediaType, tt.body, got)
		}
	}
}

// TestJudgeURLs checks which URLs are decided before redaction.
func TestJudgeURLs(t *testing.T) {
	at := func(path, query string) *flow.Flow {
		return &flow.Flow{Request: flow.Request{Scheme: "https", Authority: "a.example", Path: path, RawQuery: query}}
	}
	for _, tt := range []struct {
		filter string
		flow   *flow.Flow
		want   Verdict
	}{
		{"path:/orders", at("/chairs", ""), No}, {"path:/orders", at("/orders/1", ""), Maybe}, {"path:/orders*x", at("/orders/1", ""), Maybe},
		{"path:/or*x", at("/chairs", ""), No}, {"path:~orders", at("/chairs", ""), Maybe}, {"path:/orders", at("/a%20b", ""), Maybe}, {"path:/orders", at("/a;b", ""), Maybe},
		{"path:/orders", at("/chairs", "a=%20"), Maybe}, {"path:/orders", at("/chairs", "%20=a"), Maybe}, {"path:/orders", at("/chairs", "a=b&c"), No},
		{"path:/o%20", at("/chairs", ""), Maybe}, {"query:page", at("/a", "a=1&page=2"), Maybe}, {"query:page", at("/a", "pages=2"), No}, {"query:page=2", at("/a", "a=page"), No},
		{"query:page=2", at("/a", "page=1"), Maybe}, {"orders", at("/chairs", ""), No}, {"orders", at("/ORDERS", ""), Maybe}, {"secret", at("/chairs", ""), Maybe},
		{"is:failed", at("/a", ""), No}, {"is:truncated", at("/a", ""), Maybe}, {"type:json", at("/a", ""), Maybe}, {"body:secret", at("/a", ""), Maybe}, {"body:order", at("/a", ""), No},
	} {
		f, err := Parse(tt.filter, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Judge(tt.flow, View{Redacted: true}); got != tt.want {
			t.Errorf("%s about %s?%s: %d, want %d", tt.filter, tt.flow.Request.Path, tt.flow.Request.RawQuery, got, tt.want)
		}
	}
	for text, want := range map[string]Verdict{"is:truncated": Maybe, "is:PENDING": Yes, "type:json": Maybe, "body:order": Maybe, "path:/a": Yes, "host:b": No} {
		f, err := Parse(text, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Judge(at("/a", ""), View{Brief: true}); got != want {
			t.Errorf("%s of a brief flow: %d, want %d", text, got, want)
		}
	}
	f, err := Parse("request.body:order", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	other := at("/a", "")
	other.Response = &flow.Response{Body: flow.Body{Data: []byte("order")}}
	if got := f.Judge(other, View{Redacted: true}); got != No {
		t.Errorf("a word of the other body: %d", got)
	}
	other.Messages = []flow.Message{{Data: []byte("x")}}
	if got := f.Judge(other, View{Redacted: true}); got != Maybe {
		t.Errorf("with messages: %d", got)
	}
}
