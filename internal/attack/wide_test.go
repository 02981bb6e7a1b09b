package attack

import (
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Bodies with millions of cells, values, attributes or lines take bounded memory and time, whoever
// reads them (threats 13 and 14).
func TestWideBodies(t *testing.T) {
	const limit = 500 // MiB; 64 MiB of plain text take 160 to 350, unbounded readers up to 3,800
	for name, c := range map[string]struct{ kind, head, item, end string }{
		"a row":      {"text/csv", "", "a,", ""},
		"objects":    {"application/json", "[", `{"a":{"b":{"c":1}}},`, "1]"},
		"numbers":    {"application/json", `{"a":[`, "1,", "1]}"},
		"attributes": {"application/xml", "<a ", `a="" `, "/>"},
		"lines":      {"application/x-ndjson", "", "{}\n", ""},
		"events":     {"text/event-stream", "", "data:1\n", ""},
	} {
		attempt := trySlow
		if name == "a row" || name == "objects" {
			attempt = try
		}
		attempt(t, name, "answers with 60 MiB of tiny parts in 400 KB", "every reader ends, in bounded memory", func(a *attack) {
			body := repeatedly(c.head, strings.Repeat(c.item, (1<<20)/len(c.item)), 60, c.end)
			archive := strings.Replace(har(exchange{url: "http://api.example/a", answer: []string{"Content-Encoding: gzip"}, answerType: c.kind, answerBody: "BODY"}),
				`"text":"BODY"`, `"encoding":"base64","text":"`+base64.StdEncoding.EncodeToString(body)+`"`, 1)
			db, doc := filepath.Join(a.dir, "flows.db"), filepath.Join(a.dir, "o.yaml")
			for _, args := range [][]string{
				{"import", a.file("a.har", archive)}, {"export", "-o", doc}, {"check", doc}, {"flows", "show", "1"}, {"flows", "export", "-o", doc + ".har"},
			} {
				if got := a.spectap(append(args, "--db", db)...); got.endless || got.peak > limit {
					a.breach("%s: endless %v, %d MiB", args[0], got.endless, got.peak)
				}
			}
		})
	}
}

// Answers with large headers at the same time take bounded memory in the proxy, whatever their
// lines are (threat 14).
func TestLargeHeads(t *testing.T) {
	const limit = 450 // MiB
	const conns = 80
	const size = 900 << 10
	var names strings.Builder
	for i := 0; names.Len() < size; i++ {
		fmt.Fprintf(&names, "A%x: b\r\n", i)
	}
	for name, lines := range map[string]string{
		"one line":   "X-A: " + strings.Repeat("a", size) + "\r\n",
		"many names": names.String(),
		"one name":   strings.Repeat("A: b\r\n", size/6),
		"early":      strings.Repeat("X-A: b\r\n\r\nHTTP/1.1 103 Early Hints\r\n", 3) + names.String(),
	} {
		try(t, name, "answers 80 requests at once with headers of 900 KB", "the proxy takes bounded memory, and answers others", func(a *attack) {
			u := a.upstream(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/other" {
					io.WriteString(w, "fine")
					return
				}
				c, _, err := w.(http.Hijacker).Hijack()
				if err != nil {
					return
				}
				defer c.Close()
				status := "200 OK"
				if name == "early" {
					status = "103 Early Hints"
				}
				io.WriteString(c, "HTTP/1.1 "+status+"\r\n"+lines+"Content-Length: 2\r\n\r\nok")
			})
			s, at := a.proxy(nil, "--listen", "127.0.0.1:0", "--db", filepath.Join(a.dir, "flows.db"))
			var all sync.WaitGroup
			for range conns {
				all.Go(func() {
					c, err := net.Dial("tcp", strings.TrimPrefix(at, "http://"))
					if err != nil {
						a.Error(err)
						return
					}
					defer c.Close()
					fmt.Fprintf(c, "GET %s/large HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", u.URL, strings.TrimPrefix(u.URL, "http://"))
					io.Copy(io.Discard, c)
				})
			}
			all.Wait()
			if peak := peakOf(s.cmd.Process.Pid); peak > limit {
				a.breach("%d MiB", peak)
			}
			resp, err := a.through(at).Get(u.URL + "/other")
			if err != nil {
				a.breach("another request: %v", err)
				return
			}
			resp.Body.Close()
		})
	}
}
