package spectools

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
)

// TestAnswers returns answers that are not JSON: images, audio and other bytes are also MCP
// content.
func TestAnswers(t *testing.T) {
	a := newAPI(t)
	c := connect(t, newSet(t, shop, Options{BaseURL: a.URL}), true)
	for _, x := range []struct{ name, typ, body, data, content string }{
		{"nothing", "", "", "null", ""},
		{"text", "text/plain", "a\x01b", `"a\u0001b"`, ""},
		{"events", "text/event-stream", "data: 1\n\ndata: 2\n\n", `"data: 1\n\ndata: 2\n\n"`, ""},
		{"JSON that is none", "application/json", "{", `"{"`, ""},
		{"a picture", "image/png", "\x89PNG\xff", "null", "image"},
		{"sound", "audio/ogg; codecs=opus", "Ogg\xff\x00", "null", "audio"},
		{"a file", "application/pdf", "%PDF\xff", "null", "resource"},
	} {
		t.Run(x.name, func(t *testing.T) {
			a.mu.Lock()
			a.answer = func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = nil
				if x.typ != "" {
					w.Header().Set("Content-Type", x.typ)
				}
				if x.body == "" {
					w.WriteHeader(http.StatusNoContent)
				}
				w.Write([]byte(x.body))
			}
			a.mu.Unlock()
			var r mcp.CallToolRequest
			r.Params.Name, r.Params.Arguments = "getThing", json.RawMessage(`{"id__path":"1"}`)
			res, err := c.CallTool(context.Background(), r)
			if err != nil {
				t.Fatal(err)
			}
			var got struct{ Data json.RawMessage }
			if err := json.Unmarshal(res.RawStructuredContent, &got); err != nil || string(got.Data) != x.data {
				t.Errorf("data %s, want %s (%v)", got.Data, x.data, err)
			}
			kind, blob := "", ""
			if len(res.Content) > 1 {
				switch m := res.Content[1].(type) {
				case mcp.ImageContent:
					kind, blob = m.Type, m.Data
				case mcp.AudioContent:
					kind, blob = m.Type, m.Data
				case mcp.EmbeddedResource:
					r, _ := m.Resource.(mcp.BlobResourceContents)
					kind, blob = m.Type, r.Blob
					if r.MIMEType != x.typ || !strings.HasPrefix(r.URI, "spectap://") {
						t.Errorf("%+v", r)
					}
				}
			}
			if kind != x.content || kind != "" && blob != encodeBase64([]byte(x.body)) {
				t.Errorf("content %q %s, want %q", kind, blob, x.content)
			}
		})
	}
}

// TestPortableAnswers passes JSON on as it is, unless clients fail to read it. Then it is text.
func TestPortableAnswers(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, tt := range []struct {
		body   string
		isText bool
	}{
		{`{"a":[1,-0.5e-3,true,null,"\u00e9 \ud83d\ude00"],"a":2}`, false},
		{`12345678901234567890.1234567890`, false},
		{`1e308`, false}, {`1e309`, true}, {`{"a":[-1e400]}`, true}, {`1e-999`, false}, {strings.Repeat("9", 400), true},
		{`"\ud83d"`, true}, {`{"\ude00":1}`, true}, {"\"\xff\"", true},
		{nested(500), false}, {nested(501), true},
		{`{} {}`, true}, {`1 2`, true}, {`{"a":}`, true}, {` `, true}, {` [ ] `, false},
	} {
		a := newAPI(t)
		a.answer = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, tt.body)
		}
		r := call(t, connect(t, newSet(t, clinic, Options{BaseURL: a.URL}), true), "health_check", `{}`)
		text, isText := r.Raw["data"].(string)
		isText = isText || r.Raw["metadata"].(map[string]any)["encoding"] == encodingAttached
		if isText != tt.isText {
			t.Errorf("%.80q: is text %t, want %t", tt.body, isText, tt.isText)
		}
		if m := r.Raw["metadata"].(map[string]any); tt.isText && m["encoding"] == nil && text != tt.body {
			t.Errorf("%.80q became %.80q", tt.body, text)
		}
	}
}
