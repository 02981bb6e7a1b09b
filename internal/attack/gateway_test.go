package attack

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// The HTTP front of the gateway takes each message for what it is (threat 16). The server behind it
// is spectap serve, and its policy allows one tool that does not exist: no request may reach the
// API.
func TestGatewayFront(t *testing.T) {
	const tries = "sends a request that two readers may take for two things, or none that anybody should take"
	const call = `{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"pay","arguments":{"body":{"n":1}}}}`
	for name, change := range map[string]func(head, body string) string{
		"length and chunks": func(h, b string) string {
			return h + "Content-Length: 5\nTransfer-Encoding: chunked\n\n0\n\n" + smuggled(h, b)
		},
		"chunks and length": func(h, b string) string {
			return h + "Transfer-Encoding: chunked\nContent-Length: 4\n\n5c\n" + smuggled(h, b)
		},
		"two lengths":            func(h, b string) string { return h + "Content-Length: 0\nContent-Length: 44\n\n" + smuggled(h, b) },
		"unknown encoding":       func(h, b string) string { return h + "Transfer-Encoding: xchunked\n\n0\n\n" + smuggled(h, b) },
		"blank before the colon": func(h, b string) string { return h + "Transfer-Encoding : chunked\n\n0\n\n" + smuggled(h, b) },
		"folded line": func(h, b string) string {
			return h + "X: a\n Transfer-Encoding: chunked\nContent-Length: 0\n\n" + smuggled(h, b)
		},
		"negative chunk":  func(h, b string) string { return h + "Transfer-Encoding: chunked\n\n-1\n" + b + "\n0\n\n" },
		"endless chunk":   func(h, b string) string { return h + "Transfer-Encoding: chunked\n\nffffffffffffffff\n" + b },
		"negative length": func(h, b string) string { return h + "Content-Length: -1\n\n" + b },
		"signed length":   func(h, b string) string { return h + fmt.Sprintf("Content-Length: +%d\n\n", len(b)) + b },
		"length in hex":   func(h, b string) string { return h + "Content-Length: 0x10\n\n" + b },
		"endless length":  func(h, b string) string { return h + "Content-Length: 99999999999\n\n" + b },
		"other host":      func(h, b string) string { return sized(strings.Replace(h, "Host: ", "Host: evil.example\nX: ", 1), b) },
		"two hosts":       func(h, b string) string { return sized(h+"Host: evil.example\n", b) },
		"address of another host": func(h, b string) string {
			return sized(strings.Replace(h, "POST /mcp", "POST http://evil.example/mcp", 1), b)
		},
		"page of another origin": func(h, b string) string { return sized(h+"Origin: https://evil.example\n", b) },
		"page without an origin": func(h, b string) string { return sized(h+"Origin: null\n", b) },
		"token in the query": func(h, b string) string {
			return sized(strings.Replace(without(h), "/mcp", "/mcp?access_token="+tokenOf(h), 1), b)
		},
		"token after a wrong one": func(h, b string) string {
			return sized(strings.Replace(h, "Authorization:", "Authorization: Bearer x\nAuthorization:", 1), b)
		},
		"another scheme":         func(h, b string) string { return sized(strings.Replace(h, "Bearer", "Basic", 1), b) },
		"no token":               func(h, b string) string { return sized(without(h), b) },
		"no token, dots":         func(h, b string) string { return sized(strings.Replace(without(h), "/mcp", "/x/../mcp", 1), b) },
		"no token, escaped path": func(h, b string) string { return sized(strings.Replace(without(h), "/mcp", "/%6dcp", 1), b) },
		"another method":         func(h, b string) string { return sized(strings.Replace(h, "POST", "PUT", 1), b) },
		"small letters":          func(h, b string) string { return sized(strings.Replace(h, "POST", "post", 1), b) },
		"overridden method": func(h, b string) string {
			return sized(strings.Replace(h, "POST", "DELETE", 1)+"X-HTTP-Method-Override: POST\n", b)
		},
		"upgrade": func(h, b string) string {
			return sized(h+"Connection: Upgrade\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\n", b)
		},
		"HTTP/2 preface": func(h, b string) string { return "PRI * HTTP/2.0\n\nSM\n\n" },
		"CONNECT":        func(h, b string) string { return strings.Replace(h, "POST /mcp", "CONNECT 127.0.0.1:1", 1) + "\n" },
		"other charset": func(h, b string) string {
			return sized(strings.Replace(h, "application/json\n", "application/json; charset=utf-16\n", 1), b)
		},
		"form":             func(h, b string) string { return sized(strings.Replace(h, "application/json\n", "text/plain\n", 1), b) },
		"compressed":       func(h, b string) string { return sized(h+"Content-Encoding: gzip\n", b) },
		"batch":            func(h, b string) string { return sized(h, "["+b+"]") },
		"batch of batches": func(h, b string) string { return sized(h, "[["+b+"]]") },
		"other case":       func(h, b string) string { return sized(h, strings.Replace(b, `"method"`, `"Method"`, 1)) },
		"name twice":       func(h, b string) string { return sized(h, strings.Replace(b, `"name":`, `"name":"ghost","name":`, 1)) },
		"method twice": func(h, b string) string {
			return sized(h, strings.Replace(b, `"method":`, `"method":"ping","method":`, 1))
		},
		"name with a NUL":        func(h, b string) string { return sized(h, strings.Replace(b, `"pay"`, `"pay\u0000"`, 1)) },
		"name of another script": func(h, b string) string { return sized(h, strings.Replace(b, `"pay"`, `"pаy"`, 1)) },
		"two messages":           func(h, b string) string { return sized(h, `{"jsonrpc":"2.0","id":8,"method":"ping"}`+b) },
		"byte order mark":        func(h, b string) string { return sized(h, "\ufeff"+b) },
		"other name in the head": func(h, b string) string { return sized(h+"Mcp-Method: tools/call\nMcp-Name: ghost\n", b) },
		"unknown protocol":       func(h, b string) string { return sized(h+"Mcp-Protocol-Version: 9999-99-99\n", b) },
		"two sessions":           func(h, b string) string { return sized(h+"Mcp-Session-Id: x\n", b) },
		"no session":             func(h, b string) string { return sized(strings.Replace(h, "Mcp-Session-Id:", "X:", 1), b) },
		"many fields":            func(h, b string) string { return h + strings.Repeat("a:b\n", 200_000) + "\n" },
		"long field":             func(h, b string) string { return h + "X: " + strings.Repeat("a", 4<<20) + "\n\n" },
		"long path":              func(h, b string) string { return strings.Replace(h, "/mcp", "/"+strings.Repeat("a", 4<<20), 1) + "\n" },
	} {
		try(t, name, tries, "the API gets no request, and the next client is served", func(a *attack) {
			u := a.upstream(nil)
			s, at, token := a.gateway(u)
			g := a.httpAgent(legacy, at, token)
			if r := g.request("tools/list", object{}); strings.Contains(r.raw, `"pay"`) {
				a.Fatalf("the policy shows the tool: %s", r.raw)
			}
			parsed, err := url.Parse(at)
			if err != nil {
				a.Fatal(err)
			}
			head := fmt.Sprintf("POST /mcp HTTP/1.1\nHost: %s\nAuthorization: Bearer %s\nMcp-Session-Id: %s\nAccept: application/json, text/event-stream\nContent-Type: application/json\n",
				parsed.Host, token, g.session)
			conn, err := net.Dial("tcp", parsed.Host)
			if err != nil {
				a.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(deadline))
			fmt.Fprint(conn, strings.ReplaceAll(change(head, call), "\n", "\r\n"))
			conn.(*net.TCPConn).CloseWrite()
			for in := bufio.NewReader(conn); ; { // all answers, also to what was smuggled
				resp, err := http.ReadResponse(in, nil)
				if err != nil {
					break
				}
				resp.Write(&limitedBuffer{})
			}
			a.untouched(u)
			if r := a.httpAgent(legacy, at, token).request("tools/list", object{}); r.Result == nil {
				a.breach("the next client gets %s: %s", r.raw, s.log())
			}
		})
	}
}

// gateway starts a gateway over HTTP before spectap serve, whose policy allows no tool of it.
func (a *attack) gateway(u *upstream) (s *service, at, token string) {
	a.Helper()
	token = "0123456789abcdef0123456789abcdef"
	args := []string{"gateway", "--policy", a.file("policy.yaml", "version: 1\ntools: {ghost: {}}\n"), "--http", "127.0.0.1:0", "--token-file", a.file("token", token+"\n"), "--", binary}
	s = a.start(nil, append(args, a.serving(u, writing)...)...)
	return s, s.waitLog("MCP at "), token
}

// sized returns a request with the length of its body.
func sized(head, body string) string {
	return fmt.Sprintf("%sContent-Length: %d\n\n%s", head, len(body), body)
}

// smuggled returns a request without a token, to hide in the body of another.
func smuggled(head, body string) string { return sized(without(head), body) }

// without returns a head without its token.
func without(head string) string {
	return strings.Replace(head, "Authorization: Bearer "+tokenOf(head)+"\n", "", 1)
}

func tokenOf(head string) string {
	_, rest, _ := strings.Cut(head, "Bearer ")
	token, _, _ := strings.Cut(rest, "\n")
	return token
}

// Bodies that are within the bound of one message do not take the memory of the gateway together
// (threat 14).
func TestGatewaySlowBodies(t *testing.T) {
	try(t, "many bodies", "leaves 60 messages of 15 MiB unfinished", "others are served, and memory is bounded", func(a *attack) {
		u := a.upstream(nil)
		s, at, token := a.gateway(u)
		parsed, err := url.Parse(at)
		if err != nil {
			a.Fatal(err)
		}
		body := strings.Repeat(" ", 15<<20)
		done := make(chan struct{}, 60)
		for range 60 {
			go func() {
				defer func() { done <- struct{}{} }()
				conn, err := net.Dial("tcp", parsed.Host)
				if err != nil {
					return
				}
				a.Cleanup(func() { conn.Close() })
				conn.SetDeadline(time.Now().Add(deadline))
				fmt.Fprintf(conn, "POST /mcp HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
					parsed.Host, token, 16<<20, body)
			}()
		}
		for range 60 {
			<-done
		}
		if r := a.httpAgent(legacy, at, token).request("ping", object{}); r.Result == nil {
			a.breach("another client gets %s", r.raw)
		}
		if peak := peakOf(s.cmd.Process.Pid); peak > 1000 {
			a.breach("%d MiB", peak)
		}
	})
}
