package replay

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/placeholder"
)

// TestApplyChanges checks what is sent, and what a person sees of it, after each change.
func TestApplyChanges(t *testing.T) {
	mark := placeholder.Find(placeholder.Unescape(newRequest(t, capturedFlow("http://a.example")).redacted.RawQuery))
	text := func(s string) *string { return &s }
	const query = "?api_key=k-1234567890abcdef&page=1"
	for _, c := range []struct {
		name    string
		changes Changes
		sent    string // in the method, URL, headers or body that are sent
		shown   string // in the description
		err     string
	}{
		{"nothing", Changes{}, "POST http://a.example/login/%61" + query, "POST http://a.example/login/%61?api_key=" + mark + "&page=1 with the headers ", ""},
		{"method", Changes{Method: "put"}, "PUT http://", "PUT http://", ""},
		{"bad method", Changes{Method: "P T"}, "", "", "argument method: must be the name of an HTTP method, such as PUT"},
		{"a method of other letters", Changes{Method: "PUŁ"}, "", "", "argument method: must be the name of an HTTP method, such as PUT"},
		{"a method of an extension", Changes{Method: "m-search"}, "M-SEARCH http://", "M-SEARCH http://", ""},
		{"parameter", Changes{Query: `{"page":"2 3"}`}, "page=2+3 ", "page=2+3 ", ""},
		{"new parameter", Changes{Query: `{"é":"&"}`}, "page=1&%C3%A9=%26 ", "page=1&%C3%A9=%26 ", ""},
		{"no parameter", Changes{Query: `{"page":null}`}, "/login/%61?api_key=k-1234567890abcdef ", "?api_key=" + mark + " with", ""},
		{"its own secret", Changes{Query: `{"api_key":"` + mark + `"}`}, query, "api_key=", ""},
		{"a secret elsewhere", Changes{Query: `{"page":"` + mark + `"}`}, "", "", "argument query_json: has the placeholder " + mark + " under the name \"page\""},
		{"bad query", Changes{Query: `["a"]`}, "", "", "argument query_json: must be a JSON object of strings"},
		{"header", Changes{Headers: `{"X-A":"b"}`}, " X-A: b ", "X-A: b", ""},
		{"no cookies", Changes{Headers: `{"Cookie":null}`}, "application/json {", "application/json and a body of 43 bytes: {", ""},
		{"bad headers", Changes{Headers: `["a"]`}, "", "", "argument headers_json: must be a JSON object of strings"},
		{"bad header", Changes{Headers: `{"X A":"b"}`}, "", "", "argument headers_json: "},
		{"body", Changes{Body: text(`{"user":"bo"}`)}, `application/json {"user":"bo"}`, ` and a body of 13 bytes: {"user":"bo"}`, ""},
		{"omitted body", Changes{Body: text(OmitBody)}, "application/json .", " and without a body", ""},
	} {
		r := newRequest(t, capturedFlow("http://a.example"))
		err := r.Apply(c.changes)
		if c.err != "" {
			if err == nil || !strings.HasPrefix(err.Error(), c.err) {
				t.Errorf("%s: %v, want %s", c.name, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		sent := fmt.Sprint(r.Call.Method, " ", r.Call.URL, " ")
		for _, h := range r.Call.Header {
			sent += h.Name + ": " + h.Value + " "
		}
		sent += string(r.Call.Body) + "."
		shown := placeholder.Unescape(r.Describe())
		if !strings.Contains(sent, c.sent) || !strings.Contains(shown, c.shown) {
			t.Errorf("%s: sent %s\nshown as %s\nwant %s\nand %s", c.name, sent, shown, c.sent, c.shown)
		}
		if strings.Contains(shown, "k-1234567890") || strings.Contains(shown, "hunter2") || strings.Contains(shown, "c00kie") {
			t.Errorf("%s: a secret is shown: %s", c.name, shown)
		}
		if hasCookies := c.name != "no cookies"; strings.Contains(shown, "; Cookie: theme=") != hasCookies || len(r.Call.Cookies) > 0 != hasCookies {
			t.Errorf("%s: %d cookies, shown as %s", c.name, len(r.Call.Cookies), shown)
		}
	}
}

// TestDescribeBodies shows the size of a body that is not text, and how it begins.
func TestDescribeBodies(t *testing.T) {
	for _, c := range []struct {
		name, media string
		data        []byte
		want        string
	}{
		{"binary", "application/octet-stream", []byte("\x00\x01\x02\x03"), " and a body of 4 bytes with the SHA-256 digest "},
		{"compressed", "application/json", packed(t, `{"user":"ann"}`), `: {"user":"ann"}`},
		{"none", "", nil, "POST http://a.example/login/%61 without headers and without a body"},
	} {
		f := capturedFlow("http://a.example")
		f.Request.RawQuery, f.Request.Header = "", nil
		if c.media != "" {
			f.Request.Header = flow.Header{{Name: "Content-Type", Value: c.media}}
		}
		if c.name == "compressed" {
			f.Request.Header = append(f.Request.Header, flow.Field{Name: "Content-Encoding", Value: "gzip"})
		}
		f.Request.Body = flow.Body{Data: c.data, Size: int64(len(c.data))}
		if got := newRequest(t, f).Describe(); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestForStore keeps the secrets that redaction finds in a stored flow, and hides those that it
// does not find.
func TestForStore(t *testing.T) {
	f := capturedFlow("http://a.example")
	r := newRequest(t, f)
	escaped := "" // which redaction does not find
	for _, c := range []byte("hunter2-hunter2") {
		escaped += fmt.Sprintf("%%%02x", c)
	}
	raw := f
	raw.Request.Path = "/echo/" + escaped
	raw.Response = &flow.Response{
		Status: 200, Header: flow.Header{{Name: "X-Echo", Value: escaped}, {Name: "Set-Cookie", Value: "session=c00kie-value-abcdef"}},
		Body: flow.Body{Data: []byte("you said " + escaped), Size: 99},
	}
	kept := r.ForStore(raw)
	q, a := kept.Request, kept.Response
	if strings.Contains(q.Path, escaped) || strings.Contains(a.Header.Get("X-Echo"), escaped) || !strings.HasPrefix(string(a.Body.Data), "you said [redacted:") ||
		a.Body.Size != int64(len(a.Body.Data)) {
		t.Errorf("a secret is kept: %s, %v, %s", q.Path, a.Header, a.Body.Data)
	}
	if q.Header.Get("Authorization") != "Bearer s3cr3t-token-value-123456" || q.RawQuery != f.Request.RawQuery || string(q.Body.Data) != string(f.Request.Body.Data) ||
		a.Header.Get("Set-Cookie") != "session=c00kie-value-abcdef" {
		t.Errorf("a secret that readers find is not kept: %v, %s, %s, %v", q.Header, q.RawQuery, q.Body.Data, a.Header)
	}
	if string(raw.Response.Body.Data) != "you said "+escaped {
		t.Error("the flow was changed")
	}
}

// TestDropSession removes the variables of the session that has ended, and of no other.
func TestDropSession(t *testing.T) {
	var v Variables
	for _, caller := range []string{"", "s1", "ann/s1", "ann", "ann/s11", "xs1"} {
		v.Set(caller, "a", Variable{})
	}
	v.DropSession("")
	if v.Callers() != 6 {
		t.Errorf("%d callers have variables, want all", v.Callers())
	}
	v.DropSession("s1")
	for caller, want := range map[string]bool{"": true, "s1": false, "ann/s1": false, "ann": true, "ann/s11": true, "xs1": true} {
		if got := v.Get(caller) != nil; got != want {
			t.Errorf("%q has variables: %t", caller, got)
		}
	}
}
