package attack

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// The revisions of the protocol with which agents come.
const (
	legacy = "2025-06-18"
	modern = "2026-07-28"
)

// object is a JSON object.
type object = map[string]any

// agent is an MCP client that speaks the protocol by hand, so that it can break it.
type agent struct {
	a        *attack
	revision string
	service  *service // the server, over stdio

	url, token, session string // of the server, over HTTP

	writing sync.Mutex // guards stdin
	mu      sync.Mutex // guards the fields below
	next    int
	waiting map[string]chan message
}

// message is a message of the server.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
	raw    string
}

// agent starts a server over stdio and connects to it.
func (a *attack) agent(revision string, args []string) *agent {
	a.Helper()
	g := &agent{a: a, revision: revision, waiting: map[string]chan message{}, service: a.start(nil, args...)}
	return g.connect()
}

// agentWith is agent with variables in the server's environment.
func (a *attack) agentWith(env []string, revision string, args []string) *agent {
	a.Helper()
	g := &agent{a: a, revision: revision, waiting: map[string]chan message{}, service: a.start(env, args...)}
	return g.connect()
}

// httpAgent connects to a server over HTTP.
func (a *attack) httpAgent(revision, url, token string) *agent {
	a.Helper()
	g := &agent{a: a, revision: revision, waiting: map[string]chan message{}, url: url, token: token}
	return g.connect()
}

func (g *agent) connect() *agent {
	g.a.Helper()
	if g.service != nil {
		go g.read()
	}
	if g.revision != modern {
		g.initialize()
	}
	return g
}

// initialize opens a session of the older protocol.
func (g *agent) initialize() {
	g.a.Helper()
	m := g.request("initialize", object{
		"protocolVersion": g.revision, "capabilities": object{}, "clientInfo": object{"name": "t", "version": "1"},
	})
	if m.Result == nil {
		g.a.Fatalf("initialize: %s", m.raw)
	}
	g.send(object{"jsonrpc": "2.0", "method": "notifications/initialized"})
}

// read dispatches the lines of the server.
func (g *agent) read() {
	for {
		line, err := g.service.stdout.ReadString('\n')
		if line != "" {
			g.dispatch(line)
		}
		if err != nil {
			g.mu.Lock()
			defer g.mu.Unlock()
			for id, c := range g.waiting {
				close(c)
				delete(g.waiting, id)
			}
			return
		}
	}
}

// dispatch passes a response to its request.
func (g *agent) dispatch(line string) {
	m := message{raw: line}
	if json.Unmarshal([]byte(line), &m) != nil || m.Method != "" {
		return
	}
	g.mu.Lock()
	c := g.waiting[string(m.ID)]
	delete(g.waiting, string(m.ID))
	g.mu.Unlock()
	if c != nil {
		c <- m
	}
}

// send sends a message.
func (g *agent) send(v any) {
	data := must.Get(json.Marshal(v))
	g.sendRaw(string(data))
}

// sendRaw sends a message as it is.
func (g *agent) sendRaw(line string) {
	if g.service != nil {
		g.writing.Lock()
		defer g.writing.Unlock()
		io.WriteString(g.service.stdin, line+"\n") // a broken pipe shows in the missing response
		return
	}
	g.post(line)
}

// post sends a message over HTTP and dispatches what comes back.
func (g *agent) post(body string) {
	r := must.Get(http.NewRequestWithContext(g.a.Context(), "POST", g.url, strings.NewReader(body)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if g.token != "" {
		r.Header.Set("Authorization", "Bearer "+g.token)
	}
	if g.session != "" {
		r.Header.Set("Mcp-Session-Id", g.session)
	}
	var m struct {
		Method string
		Params struct{ Name, URI string }
	}
	json.Unmarshal([]byte(body), &m)
	if m.Method != "initialize" {
		r.Header.Set("Mcp-Protocol-Version", g.revision)
	}
	if g.revision == modern {
		r.Header.Set("Mcp-Method", m.Method)
		r.Header.Set("Mcp-Name", m.Params.Name+m.Params.URI)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return // the request gets no response
	}
	defer resp.Body.Close()
	if id := resp.Header.Get("Mcp-Session-Id"); id != "" {
		g.session = id
	}
	events := strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream")
	if !events {
		data, _ := io.ReadAll(resp.Body)
		g.dispatch(string(data))
		return
	}
	readEvents(resp.Body, g.dispatch)
}

// readEvents passes the data of server-sent events on.
func readEvents(r io.Reader, dispatch func(string)) {
	var rest string
	buf := make([]byte, 1<<16)
	for {
		n, err := r.Read(buf)
		rest += string(buf[:n])
		for {
			line, more, ok := strings.Cut(rest, "\n")
			if !ok {
				break
			}
			rest = more
			if data, ok := strings.CutPrefix(line, "data:"); ok {
				dispatch(strings.TrimSpace(data))
			}
		}
		if err != nil {
			return
		}
	}
}

// meta adds what each request of the newest protocol declares.
func (g *agent) meta(params object) object {
	if g.revision == modern {
		params["_meta"] = object{
			"io.modelcontextprotocol/protocolVersion": modern, "io.modelcontextprotocol/clientCapabilities": object{},
			"io.modelcontextprotocol/clientInfo": object{"name": "t", "version": "1"},
		}
	}
	return params
}

// request sends a request and waits for its response.
func (g *agent) request(method string, params object) message {
	g.a.Helper()
	id, c := g.expect()
	data := must.Get(json.Marshal(object{"jsonrpc": "2.0", "id": id, "method": method, "params": g.meta(params)}))
	return g.await(id, c, string(data))
}

// expect reserves an id and returns the channel of its response.
func (g *agent) expect() (int, chan message) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.next++
	c := make(chan message, 1)
	g.waiting[fmt.Sprint(g.next)] = c
	return g.next, c
}

// await sends a request and waits for the response. A message without an id or result means that
// the server ended or did not answer.
func (g *agent) await(id int, c chan message, line string) message {
	g.a.Helper()
	if g.service == nil {
		go func() {
			g.sendRaw(line)
			g.mu.Lock()
			defer g.mu.Unlock()
			if w := g.waiting[fmt.Sprint(id)]; w != nil {
				close(w)
				delete(g.waiting, fmt.Sprint(id))
			}
		}()
	} else {
		g.sendRaw(line)
	}
	select {
	case m := <-c:
		return m
	case <-time.After(deadline):
		return message{raw: "no response in time"}
	}
}

// result is the result of a tool.
type result struct {
	isError bool
	text    string // the texts of the content
	raw     string // the whole response
}

// call calls a tool.
func (g *agent) call(tool string, args object) result {
	g.a.Helper()
	m := g.request("tools/call", object{"name": tool, "arguments": args})
	var v struct {
		IsError bool                    `json:"isError"`
		Content []struct{ Text string } `json:"content"`
	}
	json.Unmarshal(m.Result, &v)
	r := result{isError: v.IsError || m.Result == nil, raw: m.raw}
	for _, c := range v.Content {
		r.text += c.Text + "\n"
	}
	return r
}

// fine calls a tool as part of the preparation.
func (g *agent) fine(tool string, args object) result {
	g.a.Helper()
	r := g.call(tool, args)
	if r.isError {
		g.a.Fatalf("%s %v: %s", tool, args, r.raw)
	}
	return r
}

// confirm repeats a call with the model's own confirmation.
func (g *agent) confirm(tool string, args object) result {
	g.a.Helper()
	confirmed := object{"__confirmed": true}
	for k, v := range args {
		confirmed[k] = v
	}
	return g.call(tool, confirmed)
}
