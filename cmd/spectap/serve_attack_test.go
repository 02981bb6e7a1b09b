package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const attackedYAML = `
openapi: 3.0.3
info: {title: Shop, version: "1"}
servers: [{url: "BASE"}]
paths:
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: getThing, responses: {"200": {description: ok}}}
    delete: {operationId: dropThing, responses: {"200": {description: ok}}}
  /forbidden:
    get: {operationId: readForbidden, responses: {"200": {description: ok}}}
`

// serveAttacks are attempts to send a request that the policy of TestServeAttacks does not allow:
// the wrong operation, or the right one with an id other than 1. Each is the body of a request, or
// a line on stdio.
func serveAttacks() []string {
	call := func(params string) string {
		return `{"jsonrpc":"2.0","id":"x","method":"tools/call","params":` + params + `}`
	}
	var all []string
	for _, name := range []string{
		"dropThing", "DropThing", "dropthing", "drop_thing", "getThing\\u0000dropThing", " dropThing", "dropThing ", "dr\\u006fpThing", "readForbidden", "*", "",
		"GET /forbidden", "DELETE /things/{id}", "get_forbidden", "get /forbidden", "GET /forbidden/", "GET //forbidden", "/forbidden", "forbidden", "HEAD /forbidden",
		"GET /%66orbidden", "GET http://x/forbidden", "GET /forbidden?x", "GET /x/../forbidden", "readForbidden\\u200b", "\\uff52eadForbidden", "readForbidden()", "GET\\t/forbidden",
	} {
		all = append(all, call(`{"name":"`+name+`","arguments":{"id":"1"}}`), call(`{"name":"`+name+`","arguments":{}}`),
			call(`{"name":"call_operation","arguments":{"operation":"`+name+`","arguments":{"id":"1"}}}`))
	}
	for _, args := range []string{
		`{"id":"2"}`, `{"id":"1","id":"2"}`, `{"id":"2","id":"1"}`, `{"id":"1","ID":"2"}`, `{"ID":"2","id":"1"}`, `{"\u0069d":"2"}`, `{"id":["1","2"]}`, `{"id":{"$eq":"1"}}`,
		`{"id":"1/../2"}`, `{"id":"../forbidden"}`, `{"id":"1%2f..%2f2"}`, `{"id":"1?x=2"}`, `{"id":"1#"}`, `{"id":null}`, `{}`, `[]`, `"1"`, `{"id":"1\u0000"}`,
		`{"id":"\uff11"}`, `{"id":" 1"}`, `{"id":1.0}`, `{"id":true}`, `{"path":{"id":"2"}}`, `{"id":"1","path":{"id":"2"}}`, `{"id":"1","url":"/forbidden"}`,
		`{"id":"1","headers":{"X-HTTP-Method-Override":"DELETE"}}`, `{"id":"1","_method":"DELETE"}`,
	} {
		if args == `{"id":"1"}` {
			continue
		}
		all = append(all, call(`{"name":"getThing","arguments":`+args+`}`),
			call(`{"name":"call_operation","arguments":{"operation":"getThing","arguments":`+args+`}}`))
	}
	drop := `{"name":"dropThing","arguments":{"id":"1"}}`
	all = append(all,
		call(`{"name":"getThing","name":"dropThing","arguments":{"id":"1"}}`), call(`{"name":"dropThing","Name":"getThing","arguments":{"id":"1"}}`),
		call(`{"Name":"dropThing","name":"getThing","arguments":{"id":"2"},"Arguments":{"id":"1"}}`),
		call(`{"name":"getThing","arguments":{"id":"1"},"Arguments":{"id":"2"}}`), call(`{"name":"getThing","arguments":{"id":"1"},"arguments":{"id":"2"}}`),
		call(`{"name":"call_operation","arguments":{"operation":"getThing","Operation":"dropThing","arguments":{"id":"1"}}}`),
		call(`{"name":"call_operation","arguments":{"operation":"getThing","operation":"dropThing","arguments":{"id":"1"}}}`),
		call(`{"name":"call_operation","arguments":{"operation":"call_operation","arguments":`+drop+`}}`),
		call(`{"name":"call_operation","arguments":`+drop+`}`),
		`[`+call(drop)+`]`, `[`+call(`{"name":"info","arguments":{}}`)+`,`+call(drop)+`]`, call(drop)+call(drop), "\xef\xbb\xbf"+call(drop),
		`{"jsonrpc":"2.0","id":"x","method":"ping","method":"tools/call","params":`+drop+`}`, `{"jsonrpc":"2.0","id":"x","method":"ping","Method":"tools/call","params":`+drop+`}`,
		`{"jsonrpc":"2.0","id":"x","method":"Tools/Call","params":`+drop+`}`, `{"jsonrpc":"2.0","method":"tools/call","params":`+drop+`}`,
		`{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"getThing"},"Params":`+drop+`}`,
		`{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"getThing","arguments":{"id":"2"},"task":{"ttl":1}}}`,
		`{"jsonrpc":"2.0","id":"x","method":"resources/read","params":{"uri":"BASE/forbidden"}}`,
	)
	return all
}

// postStateless posts a message of the revision without sessions, whose headers repeat the method
// and the name.
func postStateless(t *testing.T, lines []string, body, name string) string {
	t.Helper()
	body = strings.Replace(body, `"params":{`, `"params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",`+
		`"io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"}},`, 1)
	r := must(http.NewRequestWithContext(t.Context(), http.MethodPost, urlsOf(lines)[0], strings.NewReader(body)))
	_, token, _ := strings.Cut(lines[len(lines)-1], "printed once: ")
	r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Authorization": {"Bearer " + token},
		"Mcp-Protocol-Version": {"2026-07-28"}, "Mcp-Method": {"tools/call"}, "Mcp-Name": {name}}
	resp := must(http.DefaultClient.Do(r))
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return string(text)
}

// openOldTransport opens a stream of protocol 2024-11-05. It returns what posts to it, and the data
// of its events.
func openOldTransport(t *testing.T, lines []string) (post func(body string) (status int), answers <-chan string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	_, token, _ := strings.Cut(lines[len(lines)-1], "printed once: ")
	send := func(method, url, body string) *http.Response {
		r := must(http.NewRequestWithContext(ctx, method, url, strings.NewReader(body)))
		r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"text/event-stream"}, "Authorization": {"Bearer " + token}}
		return must(http.DefaultClient.Do(r))
	}
	stream := send(http.MethodGet, urlsOf(lines)[0]+"/sse", "")
	in := bufio.NewScanner(stream.Body)
	in.Buffer(nil, 4<<20)
	next := func() (string, bool) {
		for in.Scan() {
			if data, ok := strings.CutPrefix(in.Text(), "data: "); ok {
				return data, true
			}
		}
		return "", false
	}
	endpoint, ok := next()
	if !ok {
		t.Fatal("no address for messages")
	}
	events := make(chan string, 1000)
	go func() {
		defer stream.Body.Close()
		defer close(events)
		for data, ok := next(); ok; data, ok = next() {
			events <- data
		}
	}()
	if strings.HasPrefix(endpoint, "/") {
		endpoint = strings.TrimSuffix(urlsOf(lines)[0], "/mcp") + endpoint
	}
	return func(body string) int {
		resp := send(http.MethodPost, endpoint, body)
		resp.Body.Close()
		return resp.StatusCode
	}, events
}

// TestServeAttacks sends each attack to serve, with tools for operations and with call_operation,
// over HTTP with sessions, without them and by the old transport, and over stdio. The API gets no
// request that the policy does not allow, and still gets one that it allows.
func TestServeAttacks(t *testing.T) {
	var mu sync.Mutex
	var got []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.Method+" "+r.RequestURI)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{}`)
	}))
	defer srv.Close()
	// reached returns the requests that the API got since it was asked last.
	reached := func() (requests []string) {
		mu.Lock()
		defer mu.Unlock()
		requests, got = got, nil
		return requests
	}
	dir := t.TempDir()
	spec, file := filepath.Join(dir, "shop.yaml"), filepath.Join(dir, "policy.yaml")
	policy := "version: 1\nhide: [dropThing]\ntools:\n  info: {}\n  call_operation: {}\n  getThing: {require: [{path: args.id, op: eq, value: \"1\"}]}\n"
	for path, text := range map[string]string{spec: strings.ReplaceAll(attackedYAML, "BASE", srv.URL), file: policy} {
		noError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	attacks := serveAttacks()
	if len(attacks) < 90 {
		t.Errorf("there are only %d attacks", len(attacks))
	}
	const hello = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}`
	for _, mode := range []string{"static", "dynamic"} {
		good := `{"jsonrpc":"2.0","id":"good","method":"tools/call","params":{"name":"getThing","arguments":{"id":"1"}}}`
		if mode == "dynamic" {
			good = `{"jsonrpc":"2.0","id":"good","method":"tools/call","params":{"name":"call_operation","arguments":{"operation":"getThing","arguments":{"id":"1"}}}}`
		}
		args := []string{spec, "--base-url", srv.URL, "--mode", mode, "--no-confirm-dangerous", "--policy", file}
		t.Run(mode+" over HTTP", func(t *testing.T) {
			lines := served(t, append(args, "--http", "127.0.0.1:0")...)
			_, token, _ := strings.Cut(lines[len(lines)-1], "printed once: ")
			session := ""
			post := func(body string) string {
				r := must(http.NewRequestWithContext(t.Context(), http.MethodPost, urlsOf(lines)[0], strings.NewReader(body)))
				r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Authorization": {"Bearer " + token}}
				if session != "" {
					r.Header.Set("Mcp-Session-Id", session)
				}
				resp := must(http.DefaultClient.Do(r))
				defer resp.Body.Close()
				text, _ := io.ReadAll(resp.Body)
				if session == "" {
					session = resp.Header.Get("Mcp-Session-Id")
				}
				return string(text)
			}
			post(hello)
			for _, body := range attacks {
				answer := post(body)
				if bad := reached(); bad != nil {
					t.Errorf("%s\nmade the requests %q, and was answered %.300s", body, bad, answer)
				}
			}
			answer := post(good)
			if sent := reached(); fmt.Sprint(sent) != "[GET /things/1]" {
				t.Errorf("the allowed call made the requests %q, and was answered %.300s", sent, answer)
			}
		})
		t.Run(mode+" without a session", func(t *testing.T) {
			lines := served(t, append(args, "--http", "127.0.0.1:0")...)
			for _, body := range attacks {
				for _, name := range []string{"getThing", "dropThing", "call_operation"} {
					answer := postStateless(t, lines, body, name)
					if bad := reached(); bad != nil {
						t.Errorf("%s\nwith the name %s made the requests %q, and was answered %.300s", body, name, bad, answer)
					}
				}
			}
			name := map[string]string{"static": "getThing", "dynamic": "call_operation"}[mode]
			answer := postStateless(t, lines, good, name)
			if sent := reached(); fmt.Sprint(sent) != "[GET /things/1]" {
				t.Errorf("the allowed call made the requests %q, and was answered %.300s", sent, answer)
			}
		})
		t.Run(mode+" over the old transport", func(t *testing.T) {
			t.Cleanup(func() { // the server has ended, and with it each call
				if sent := reached(); fmt.Sprint(sent) != "[GET /things/1]" {
					t.Errorf("the API got %q", sent)
				}
			})
			lines := served(t, append(args, "--http", "127.0.0.1:0", "--sse")...)
			post, answers := openOldTransport(t, lines)
			post(hello)
			for _, body := range append(attacks, good) {
				for post(body) == http.StatusTooManyRequests {
					<-answers // room for one more
				}
			}
			for answer := range answers {
				if strings.Contains(answer, `"good"`) {
					return
				}
			}
			t.Error("the stream ended without an answer to the allowed call")
		})
		t.Run(mode+" over stdio", func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var notes bytes.Buffer
			in, out := io.Pipe()
			answers, to := io.Pipe()
			done := make(chan int, 1)
			go func() {
				done <- run(ctx, append([]string{"serve"}, args...), in, to, &notes)
				to.Close()
			}()
			go func() {
				defer out.Close()
				io.WriteString(out, hello+"\n"+`{"jsonrpc":"2.0","method":"notifications/initialized"}`+"\n")
				for _, line := range attacks {
					io.WriteString(out, strings.ReplaceAll(line, "\n", " ")+"\n")
				}
				io.WriteString(out, good+"\n")
			}()
			text, _ := io.ReadAll(answers)
			<-done
			if sent := reached(); fmt.Sprint(sent) != "[GET /things/1]" {
				t.Errorf("the API got %q; the answers are\n%.2000s\n%s", sent, text, notes.String())
			}
		})
	}
}
