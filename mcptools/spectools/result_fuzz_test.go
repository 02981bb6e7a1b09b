package spectools

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
)

// FuzzAnswer makes results of any answer of the API: its status, header and body. A result is one
// JSON object in which nothing hides, without the credential that was sent. Its pages join to the
// body, unless that is redacted or broke off.
func FuzzAnswer(f *testing.F) {
	const secret = "q7Zp2Lx9Vb4T"
	f.Add(200, "Content-Type: application/json", []byte(`{"a":1e999,"a":"\ud800","b":[12345678901234567890]}`), 64)
	f.Add(201, "Location: /x?token="+secret+"\nContent-Type: text/html; charset=utf-16", []byte("\xff\xfea\x00"+secret), 0)
	f.Add(404, "Content-Type: application/problem+json", []byte(`{"title":"`+strings.Repeat("é", 300)+`\u202e"}`), 4)
	f.Add(200, "Link: </n?p=2>; rel=\"next\", <>; rel=prev, <\u202e>;rel=last\nRetry-After: \u2066", []byte("a\u200bb\x1b[2J"), 3)
	f.Add(200, "Content-Type: image/png", []byte("\x89PNG\x00"), 2)
	f.Add(401, "Content-Encoding: gzip\nWWW-Authenticate: x", []byte("\x1f\x8b\x08"), 0)
	f.Add(304, "Content-Length: 5", []byte("x"), 0)
	f.Add(302, "Location: http://169.254.169.254/\nSet-Cookie: a=b", []byte("\u2028"), 0)

	a := newAPI(f)
	sets := map[int]*Set{} // by the size of a result
	for _, size := range []int{0, 4, 7, 64} {
		sets[size] = newSet(f, secured, Options{BaseURL: a.URL, Credentials: env("BEARER_TOKEN", secret), MaxResult: size})
	}
	f.Fuzz(func(t *testing.T, status int, header string, body []byte, size int) {
		set := sets[size]
		if set == nil {
			set = sets[0]
		}
		a.answer = func(w http.ResponseWriter, _ *http.Request) {
			for line := range strings.Lines(header) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
				if name != "" && !strings.EqualFold(name, "Transfer-Encoding") {
					w.Header().Add(name, strings.TrimSpace(value))
				}
			}
			if status < 200 || status > 599 {
				status = 200 + (status%400+400)%400
			}
			w.WriteHeader(status)
			w.Write(body)
		}
		a.got = nil // requests of the runs before; none is under way
		c := connectTo(t, NewServer(set, ServerOptions{}), true)
		args, tool, joined, pages, within := `{}`, "bearer", "", 0, false
		for {
			r := call(t, c, tool, args)
			if text := string(mustJSON(r.Raw)); strings.Contains(text, secret) {
				t.Fatalf("the credential is in the result: %q", text)
			}
			data, isText := r.Raw["data"].(string)
			m, _ := r.Raw["metadata"].(map[string]any)
			if m["encoding"] == "base64" {
				raw := must(base64.StdEncoding.DecodeString(data))
				data = string(raw)
			}
			joined += data
			pages++
			more, _ := m["more"].(map[string]any)
			if more == nil {
				if pages > 1 && isText && !within && !strings.Contains(joined, "(credential)") && header == "" && joined != string(body) {
					t.Errorf("%d pages join to %q, want %q", pages, joined, body)
				}
				return
			}
			next := map[string]any{"result": more["result"], "offset": more["offset"]}
			if path, ok := more["path"]; ok { // a part of JSON that is longer than a page
				next["path"], within = path, true
			}
			args, tool = string(mustJSON(next)), "read_more"
			if pages > len(body)+1 {
				t.Fatal("the pages do not end")
			}
		}
	})
}
