package attack

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// fronts start each server of HTTP, and return its program and host.
var fronts = map[string]func(a *attack) (s *service, host string){
	"ui": func(a *attack) (*service, string) {
		s := a.start(nil, "ui", "--no-open", "--db", a.capture(exchange{url: "http://api.example/"}))
		line, err := s.stdout.ReadString('\n')
		if err != nil {
			a.Fatal(s.log())
		}
		return s, hostOf(line)
	},
	"mcp": func(a *attack) (*service, string) {
		s, url, _ := a.listen(nil, "mcp", "--db", a.capture(exchange{url: "http://api.example/"}))
		return s, hostOf(url)
	},
	"serve": func(a *attack) (*service, string) {
		s, url, _ := a.listen(nil, a.serving(a.upstream(nil), writing)...)
		return s, hostOf(url)
	},
	"gateway": func(a *attack) (*service, string) {
		s, url, _ := a.gateway(a.upstream(nil))
		return s, hostOf(url)
	},
	"metrics": func(a *attack) (*service, string) {
		args := []string{"gateway", "--policy", a.file("policy.yaml", "version: 1\ntools: {ghost: {}}\n"), "--metrics", "127.0.0.1:0", "--", binary}
		s := a.start(nil, append(args, a.serving(a.upstream(nil), writing)...)...)
		return s, hostOf(s.waitLog("metrics at "))
	},
	"answers": func(a *attack) (*service, string) {
		s := a.start(nil, a.serving(a.upstream(nil), payment, "--require-approval", "--approvals", filepath.Join(a.dir, "approvals.json"),
			"--approval-listen", "127.0.0.1:0", "--approval-webhook-secret", a.file("secret", hookSecret))...)
		return s, hostOf(s.waitLog("answers to held calls at "))
	},
	"lint": func(a *attack) (*service, string) {
		s := a.start(nil, "lint", "--http", "127.0.0.1:0")
		return s, hostOf(s.waitLog("listening on "))
	},
	"proxy": func(a *attack) (*service, string) {
		s, at := a.proxy(nil, "--listen", "127.0.0.1:0", "--db", filepath.Join(a.dir, "flows.db"))
		return s, hostOf(at)
	},
}

// hookSecret signs the answers to held calls.
const hookSecret = "0123456789abcdef0123456789abcdef"

// payment is a document with one operation that writes.
const payment = `
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /pay:
    post:
      operationId: pay
      requestBody: {content: {application/json: {schema: {type: object, properties: {to: {type: string}}}}}}
      responses: {"200": {description: ok}}
`

// writing is a document with operations that read and write.
const writing = `
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /pay:
    post:
      operationId: pay
      requestBody:
        content:
          application/json: {schema: {type: object}}
          multipart/form-data: {schema: {type: object, properties: {file: {type: string, format: binary}}}}
          application/octet-stream: {schema: {type: string, format: binary}}
          image/png: {schema: {type: string}}
          application/x-anything: {schema: {type: string}}
      parameters: [{name: to, in: query, schema: {type: string}}, {name: X-Note, in: header, schema: {type: string}}]
      responses: {"200": {description: ok}}
  /a: {get: {operationId: a, responses: {"200": {description: ok}}}}
`

// twoTools is a document with a slow operation that reads.
const twoTools = `
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /slow:
    get: {operationId: slow, parameters: [{name: q, in: query, schema: {type: string}}], responses: {"200": {description: ok}}}
`

// gateway starts a gateway over HTTP before spectap serve, whose policy allows no tool of it.
func (a *attack) gateway(u *upstream) (s *service, at, token string) {
	a.Helper()
	token = "0123456789abcdef0123456789abcdef"
	args := []string{"gateway", "--policy", a.file("policy.yaml", "version: 1\ntools: {ghost: {}}\n"), "--http", "127.0.0.1:0", "--token-file", a.file("token", token+"\n"), "--", binary}
	s = a.start(nil, append(args, a.serving(u, writing)...)...)
	return s, s.waitLog("MCP at "), token
}

// hostOf returns the host of the first URL in a text.
func hostOf(text string) string {
	_, rest, _ := strings.Cut(text, "http://")
	host, _, _ := strings.Cut(strings.TrimSpace(rest), "/")
	return host
}

// closes reports whether a server ends a connection.
func closes(a *attack, conn net.Conn) bool {
	conn.SetReadDeadline(time.Now().Add(deadline))
	_, err := io.Copy(io.Discard, conn)
	timeout, ok := err.(net.Error)
	return !ok || !timeout.Timeout()
}

// Heads of requests that are huge or never end take neither connections nor memory for long (threat 14).
func TestHeads(t *testing.T) {
	for name, start := range fronts {
		open := func(a *attack) (*service, net.Conn) {
			s, host := start(a)
			conn := must.Get(net.Dial("tcp", host))
			a.Cleanup(func() { conn.Close() })
			return s, conn
		}
		try(t, "huge/"+name, "sends a head of 100 MB", "it is refused, and memory is bounded", func(a *attack) {
			s, conn := open(a)
			fmt.Fprint(conn, "GET / HTTP/1.1\r\n")
			line := []byte("X-A: " + strings.Repeat("a", 60_000) + "\r\n")
			for range 1700 {
				if _, err := conn.Write(line); err != nil {
					break
				}
			}
			if !closes(a, conn) {
				a.breach("the connection is open")
			}
			if peak := peakOf(s.cmd.Process.Pid); peak > 200 {
				a.breach("%d MiB", peak)
			}
		})
		trySlow(t, "slow/"+name, "sends a head byte by byte", "the connection ends", func(a *attack) {
			_, conn := open(a)
			fmt.Fprint(conn, "GET / HTTP/1.1\r\nX-A: ")
			go func() {
				for range time.Tick(time.Second) {
					if _, err := conn.Write([]byte("a")); err != nil {
						return
					}
				}
			}()
			if !closes(a, conn) {
				a.breach("the connection is open after %s", deadline)
			}
		})
		if name == "proxy" || name == "lint" { // answers may take longer
			continue
		}
		trySlow(t, "unread/"+name, "sends requests and reads no answer", "the connection ends", func(a *attack) {
			_, conn := open(a)
			text := []byte(strings.Repeat("GET /drawing HTTP/1.1\r\nHost: "+conn.RemoteAddr().String()+"\r\n\r\n", 1000))
			conn.SetWriteDeadline(time.Now().Add(deadline))
			for {
				if _, err := conn.Write(text); err != nil {
					if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
						a.breach("the connection is open after %s", deadline)
					}
					return
				}
			}
		})
	}
}
