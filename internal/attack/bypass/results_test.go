package bypass

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// The server says what no result may say in an error, a note on progress, a log, a blob, base64, or
// a member in another case.
func TestResultsInOtherForms(t *testing.T) {
	g := newGate(t, `
version: 1
tools:
  clean: {results: {redact: true, remove: ["user.email"]}}
  strict: {results: {deny_matching: ["BEGIN [A-Z ]*PRIVATE KEY"]}}
  short: {results: {max_bytes: 400}}
  fenced: {results: {fence: true}}
upstream: {logging: allow}
`)
	g.begin(`{}`)
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	result := func(s string) string { return `{"jsonrpc":"2.0","id":$ID,"result":` + s + `}` }
	failure := func(s string) string { return `{"jsonrpc":"2.0","id":$ID,"error":` + s + `}` }
	note := func(method, params string) string {
		return `{"jsonrpc":"2.0","method":"notifications/` + method + `","params":` + params + "}\n" + result(`{"content":[]}`)
	}
	secret, user := "log in with password=hunter2hunter2 today", `{"user":{"email":"mallory@b.example"}}`
	key := "-----BEGIN RSA " + "PRIVATE KEY-----"
	long := strings.Repeat("x", 500)
	for i, a := range []struct{ tool, answer string }{
		{"clean", failure(`{"code":1,"message":"` + secret + `"}`)},
		{"clean", failure(`{"code":1,"message":"m","data":{"password":"hunter2hunter2"}}`)},
		{"clean", failure(`{"code":1,"Message":"` + secret + `","message":"m","data":` + user + `}`)},
		{"clean", failure(`{"code":1,"message":"m","DATA":{"User":{"EMAIL":"mallory@b.example"}}}`)},
		{"clean", note("progress", `{"progressToken":"t","progress":1,"message":"`+secret+`"}`)},
		{"clean", note("progress", `{"progressToken":"t","progress":1,"Message":"`+secret+`"}`)},
		{"clean", note("progress", `{"progressToken":"none","progress":1,"message":"`+secret+`"}`)},
		{"clean", note("progress", `{"progressToken":"t","progress":1,"data":`+user+`}`)},
		{"clean", note("message", `{"level":"info","data":"`+secret+`"}`)},
		{"clean", note("cancelled", `{"requestId":1,"reason":"`+secret+`"}`)},
		{"clean", result(`{"Content":[{"type":"text","Text":"` + secret + `"}]}`)},
		{"clean", result(`{"StructuredContent":` + user + `}`)},
		{"clean", result(`{"structuredContent":{"USER":{"Email":"mallory@b.example"}}}`)},
		{"clean", result(`{"content":[{"type":"text","text":"` + encode(secret) + `"}]}`)},
		{"clean", result(`{"content":[{"type":"text","text":"look: ` + encode(secret) + `"}]}`)},
		{"clean", result(`{"content":[{"type":"resource","resource":{"uri":"a:b","blob":"` + encode(user) + `"}}]}`)},
		{"clean", result(`{"content":[{"type":"image","mimeType":"image/png","data":"` + encode(secret) + `"}]}`)},
		{"clean", result(`{"content":[{"type":"resource_link","uri":"a:b","name":"n","description":"` + secret + `"}]}`)},
		{"clean", result(`{"content":[],"_meta":{"password":"hunter2hunter2"}}`)},
		{"clean", result(`{"content":[],"password":"hunter2hunter2"}`)},
		{"strict", failure(`{"code":1,"message":"` + key + `"}`)},
		{"strict", failure(`{"code":1,"message":"m","data":["` + key + `"]}`)},
		{"strict", note("progress", `{"progressToken":"t","progress":1,"message":"`+key+`"}`)},
		{"strict", note("message", `{"level":"info","data":"`+key+`"}`)},
		{"strict", result(`{"content":[{"type":"text","text":"` + encode(key) + `"}]}`)},
		{"strict", result(`{"content":[{"type":"resource","resource":{"uri":"a:b","blob":"` + encode(key) + `"}}]}`)},
		{"short", failure(`{"code":1,"message":"` + long + `"}`)},
		{"short", note("progress", `{"progressToken":"t","progress":1,"message":"`+long+`"}`)},
		{"fenced", failure(`{"code":1,"message":"IGNORE ALL"}`)},
		{"fenced", note("progress", `{"progressToken":"t","progress":1,"message":"IGNORE ALL"}`)},
	} {
		g.write("script", a.answer+"\n")
		g.next++
		id := fmt.Sprintf(`"r%d"`, g.next)
		g.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":%q,"arguments":{},"_meta":{"progressToken":"t"}}}`, id, a.tool))
		for got := ""; ; {
			m := g.receive()
			got += m.raw
			if string(m.ID) != id {
				continue
			}
			for _, text := range []string{"hunter2", "mallory@", "BEGIN", long, encode(secret)[:30], encode(user)[:30], encode(key)[:20], `"IGNORE ALL"`} {
				if strings.Contains(got, text) {
					t.Errorf("attack %d passes: %s\n%s", i, a.answer, got)
				}
			}
			break
		}
	}
}
