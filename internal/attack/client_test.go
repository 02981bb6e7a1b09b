package attack

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// hostileServer starts an MCP server whose answer to a method is the result that answer returns, ""
// for none.
func (a *attack) hostileServer(answer func(w http.ResponseWriter, method string) string) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct {
			ID     json.RawMessage
			Method string
		}
		if json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&m) != nil || m.ID == nil {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		result := answer(w, m.Method)
		if result == "" {
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":%s}`, m.ID, result)
	}))
	a.Cleanup(s.Close)
	return s
}

const helloResult = `{"protocolVersion":"2025-06-18","capabilities":{"tools":{},"resources":{},"prompts":{}},"serverInfo":{"name":"s","version":"1"}}`

// A server cannot act on the terminal of spectap client, take its credentials or its memory
// (threats 14 and 15).
func TestHostileServerForClient(t *testing.T) {
	texts := map[string]string{}
	for name, text := range hostile {
		texts[name] = text
	}
	for name, text := range commandsOfServices {
		texts[name] = text
	}
	for name, text := range texts {
		try(t, "text/"+name, "writes what a terminal or a build service obeys into names, descriptions, results and errors", "nothing passes it on", func(a *attack) {
			q := quoted(text)
			all := map[string]string{
				"initialize":     strings.NewReplacer(`"s"`, q, `"1"`, q).Replace(helloResult),
				"tools/list":     `{"tools":[{"name":` + q + `,"title":` + q + `,"description":` + q + `,"inputSchema":{"type":"object","properties":{` + q + `:{"type":"string","description":` + q + `,"enum":[` + q + `]}}}},{"name":"a","description":"d","inputSchema":{"type":"object"}}]}`,
				"tools/call":     `{"content":[{"type":"text","text":` + q + `},{"type":"resource_link","uri":` + q + `,"name":` + q + `}],"structuredContent":{` + q + `:` + q + `}}`,
				"resources/list": `{"resources":[{"uri":"a:b","name":` + q + `,"description":` + q + `}]}`, "resources/templates/list": `{"resourceTemplates":[]}`,
				"resources/read": `{"contents":[{"uri":` + q + `,"text":` + q + `}]}`,
				"prompts/list":   `{"prompts":[{"name":` + q + `,"description":` + q + `}]}`,
			}
			s := a.hostileServer(func(w http.ResponseWriter, method string) string { return all[method] })
			for _, mode := range [][]string{nil, {"--json"}} {
				args := append([]string{"client", s.URL, "--keep-going", "--timeout", "10s"}, mode...)
				for _, command := range []string{"list", "schema a", "schema", "call a", "describe", "resources", "read a:b", "prompts", "call " + strings.NewReplacer("\n", " ", "\r", " ").Replace(text)} {
					args = append(args, "--exec", command)
				}
				o := a.spectap(args...)
				if out := o.stdout + "\n" + o.stderr; obeyed.MatchString(out) || unsafe.MatchString(out) {
					a.breach("%s passes on: %.500q", mode, out)
				}
				if o.endless || len(o.stdout) < 300 {
					a.Fatalf("the client did not talk to the server: %s%s", o.stdout, o.stderr)
				}
			}
		})
	}
	endless := map[string]func(w http.ResponseWriter, method string) string{
		"cursors": func(w http.ResponseWriter, method string) string {
			if isGreeting(method) {
				return helloResult
			}
			return fmt.Sprintf(`{"tools":[{"name":"t%d","inputSchema":{"type":"object"}}],"nextCursor":"%d"}`, cursors.Add(1), cursors.Add(1))
		},
		"one cursor": func(w http.ResponseWriter, method string) string {
			if isGreeting(method) {
				return helloResult
			}
			return `{"tools":[],"nextCursor":"x"}`
		},
		"bytes": func(w http.ResponseWriter, method string) string {
			return endlessly(w, method, "application/json", `"x",`)
		},
		"events": func(w http.ResponseWriter, method string) string {
			return endlessly(w, method, "text/event-stream", "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\",\"data\":\"x\"}}\n\n")
		},
		"one event": func(w http.ResponseWriter, method string) string {
			return endlessly(w, method, "text/event-stream", "data: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")
		},
		"comments": func(w http.ResponseWriter, method string) string {
			return endlessly(w, method, "text/event-stream", ": xxxxxxxxxxxxxxxxxxxxxx\n\n")
		},
		"depth": func(w http.ResponseWriter, method string) string {
			if isGreeting(method) {
				return helloResult
			}
			return `{"tools":[{"name":"a","inputSchema":` + strings.Repeat(`{"type":"object","properties":{"a":`, 100_000) + `{}` + strings.Repeat("}}", 100_000) + `}]}`
		},
		"questions": func(w http.ResponseWriter, method string) string {
			return endlessly(w, method, "text/event-stream", "data: "+question+"\n\n")
		},
		"values": func(_ http.ResponseWriter, method string) string {
			if isGreeting(method) {
				return helloResult
			}
			return `{"tools":[],"content":[],"structuredContent":[` + strings.Repeat("[],", 10<<20) + `{}]}`
		},
		"tools": func(_ http.ResponseWriter, method string) string {
			if isGreeting(method) {
				return helloResult
			}
			return `{"tools":[` + strings.Repeat(`{"name":"a","inputSchema":{}},`, 800_000) + `{"name":"a","inputSchema":{}}]}`
		},
		"large pages": func(_ http.ResponseWriter, method string) string {
			if isGreeting(method) {
				return helloResult
			}
			return fmt.Sprintf(`{"tools":[{"name":"t","description":"%s","inputSchema":{}}],"nextCursor":"%d"}`, strings.Repeat("x", 16<<20), cursors.Add(1))
		},
		"references": func(w http.ResponseWriter, method string) string {
			if isGreeting(method) {
				return helloResult
			}
			return `{"tools":[{"name":"a","inputSchema":{"type":"object","$ref":"#/$defs/a","$defs":{"a":{"allOf":[{"$ref":"#/$defs/b"},{"$ref":"#/$defs/b"}]},"b":{"allOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"}]}}}}]}`
		},
	}
	for name, answer := range endless {
		try(t, "endless "+name, "answers without an end", "the client ends with its time, and with little memory", func(a *attack) {
			s := a.hostileServer(answer)
			o := a.spectap("client", s.URL, "--keep-going", "--timeout", "2s", "--exec", "list", "--exec", "schema a", "--exec", "call a b=1")
			if o.endless || o.peak > 300 || strings.Contains(o.stderr, "goroutine ") {
				a.breach("status %d, endless %t, %d MiB: %.300s", o.status, o.endless, o.peak, o.stderr)
			}
		})
	}
}

// question is what a server asks the user of its client.
const question = `{"jsonrpc":"2.0","id":7,"method":"elicitation/create","params":{"message":"m","requestedSchema":{"type":"object","properties":{}}}}`

// A server over stdio that asks and reads no answer takes no memory of spectap client (threat 14).
func TestHostileServerOnStdio(t *testing.T) {
	for name, script := range map[string]string{
		"questions":     `yes '` + question + `'`,
		"long":          `yes '` + strings.Replace(question, `"m"`, `"`+strings.Repeat("m", 64<<10)+`"`, 1) + `'`,
		"notifications": `yes '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":["x"]}}'`,
		"answers":       `yes '{"jsonrpc":"2.0","id":99,"result":{}}'`,
	} {
		try(t, name, "asks without an end and reads no answer", "the client ends with its time, and with little memory", func(a *attack) {
			path := a.file("server.sh", "read x; echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":"+helloResult+"}'; "+script)
			o := a.spectap("client", "--keep-going", "--timeout", "1s", "--exec", "call a b=1", "--", "sh", path)
			if o.endless || o.peak > 300 || strings.Contains(o.stderr, "goroutine ") {
				a.breach("status %d, endless %t, %d MiB: %.300s", o.status, o.endless, o.peak, o.stderr)
			}
		})
	}
}

// isGreeting reports whether a method opens a session, in either era of the protocol.
func isGreeting(method string) bool { return method == "initialize" || method == "server/discover" }

// cursors makes each cursor another one.
var cursors atomic.Int64

// endlessly writes a piece of an answer until the client leaves. The handshake is answered.
func endlessly(w http.ResponseWriter, method, typ, piece string) string {
	if isGreeting(method) {
		return helloResult
	}
	w.Header().Set("Content-Type", typ)
	for range 1 << 30 {
		if _, err := io.WriteString(w, strings.Repeat(piece, 1000)); err != nil {
			return ""
		}
	}
	return ""
}
