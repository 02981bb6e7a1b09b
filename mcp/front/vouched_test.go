package front

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/mcp/handler"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/vouch"
)

// TestVouchedCaller checks that each request is that of the caller whom the gateway names, to the
// policy, the audit and the handlers, with the headers that the gateway passes on. A word of anybody
// else, or on another request, says nothing, and no word stays in a request.
func TestVouchedCaller(t *testing.T) {
	j := newJudging(t, "version: 1\ntools: {read: {deny_if: {path: identity.level, op: gt, value: 9007199254740992, optional: true}}}\nprompts: {greet: {}}\nresources: {x://who: {}}\n", nil)
	j.judge.key = vouch.New()
	j.mcp.AddResource(mcp.NewResource("x://who", "who"), func(ctx context.Context, r mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		text := "for " + handler.Caller(ctx) + " with " + handler.Header(ctx).Get("X-Key")
		return []mcp.ResourceContents{mcp.TextResourceContents{URI: r.Params.URI, Text: text}}, nil
	})
	w := dial(t, j.judge, "s", false)
	word := vouch.Word{
		Identity: []byte(`{"name":"ben","level":9007199254740993}`), Header: http.Header{"X-Key": {"key-of-ben"}},
	}
	for _, c := range []struct{ method, params, want, denied string }{
		{"resources/read", `{"uri":"x://who"}`, "for ben with key-of-ben", "for  with "},
		{"completion/complete", `{"ref":{"type":"ref/prompt","name":"greet"},"argument":{"name":"who","value":""}}`, `"word"`, `"word"`},
		{"prompts/get", `{"name":"greet","arguments":{"who":"bo"}}`, "hello bo", "hello bo"},
		{"tools/call", `{"name":"read"}`, "[POLICY DENIED] /tools/read/deny_if", `"secret":"x"`},
	} {
		for _, params := range []string{c.params, modern(c.params, `{}`)} {
			m := jsonrpc.Request("1", c.method, []byte(params))
			other := jsonrpc.Request("1", "ping", []byte(params))
			for what, x := range map[string]struct {
				m            *jsonrpc.Message
				name, answer string
			}{
				"the gateway": {j.judge.key.Sign(m, word), "ben", c.want}, "another key": {vouch.New().Sign(m, word), "ann", c.denied},
				"another request": {j.judge.key.Sign(other, word), "ann", c.denied}, "no word": {m, "ann", c.denied},
			} {
				n := len(j.records())
				if got := w.send(c.method, string(x.m.Params)); !strings.Contains(got, x.answer) {
					t.Errorf("%s: %s: %s", c.method, what, got)
				}
				for _, r := range j.records()[n:] {
					if r.Identity != x.name || strings.Contains(string(r.Values), "spectap/gateway") {
						t.Errorf("%s: %s: the audit has %s of %s, want %s", c.method, what, r.Values, r.Identity, x.name)
					}
				}
				if len(j.records()) == n {
					t.Errorf("%s: %s: nothing is written", c.method, what)
				}
			}
		}
	}
}
