package upstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/mirror"
	"github.com/spectap/spectap/mcp/rawjson"
)

// Remote says how to reach an MCP server by streamable HTTP.
type Remote struct {
	// URL is the MCP endpoint. Required.
	URL *url.URL
	// Client sends the requests. It must allow the origin of URL. Required.
	Client *egress.Client
	// Credential, unless nil, is added to each request.
	Credential Credential
	// Header is added to each request like a credential, but the client may see it in the server's
	// responses.
	Header []egress.Credential
	// Secrets are what the client must not see either, such as a key in the URL.
	Secrets []string
	// MaxMessage bounds a message of the server, in bytes; zero means [jsonrpc.DefaultMaxMessage].
	MaxMessage int
	// Log gets what people may want to know. Required.
	Log *slog.Logger
}

// Credential authenticates the gateway to a server. A Token of egress/token is one. It is safe for
// concurrent use.
type Credential interface {
	// Get returns the credential for a request that is about to leave.
	Get(ctx context.Context) (egress.Credential, error)
	// Refused says that the server refused it, and reports whether Get has another one.
	Refused(ctx context.Context, c egress.Credential) bool
	// Secrets are what the client must not see.
	Secrets() []string
}

// ByURL returns a dial that connects to a remote MCP server. A connection is a session of the
// server, if it has sessions; stateless requests are independent of each other. No request is sent
// twice. A redirect is followed if Client follows some and its status is 307 or 308.
func ByURL(c Remote) jsonrpc.Dial {
	c.MaxMessage = cmp.Or(max(c.MaxMessage, 0), jsonrpc.DefaultMaxMessage)
	return func(ctx context.Context) (jsonrpc.Conn, error) {
		u := &remote{c: c, in: make(chan delivery), posts: map[string]*post{}, room: make(chan struct{}, maxNotices)}
		u.ctx, u.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
		return u, nil
	}
}

// remote is the connection to a remote server.
type remote struct {
	c      Remote
	ctx    context.Context
	cancel context.CancelCauseFunc // its cause is what receive returns
	in     chan delivery
	once   sync.Once
	// listening is done once the standing stream was asked for.
	listening sync.Once

	mu      sync.Mutex
	session string           // the id that the server gave
	version string           // that initialize agreed on
	sent    chan struct{}    // closed when the last notification or response was delivered
	posts   map[string]*post // the requests that are not answered, by their ids

	room chan struct{} // has an element for each notification and response under way
}

// delivery is what receive returns.
type delivery struct {
	jsonrpc.Packet
	err error
}

func (u *remote) Receive() (jsonrpc.Packet, error) {
	select {
	case d := <-u.in:
		return d.Packet, d.err
	case <-u.ctx.Done():
		return jsonrpc.Packet{}, context.Cause(u.ctx)
	}
}

// SendsApart says that each message is an HTTP request.
func (u *remote) SendsApart() {}

// deliver hands over a message, or the error for one.
func (u *remote) deliver(p jsonrpc.Packet, err error) {
	select {
	case u.in <- delivery{p, err}:
	case <-u.ctx.Done():
	}
}

// goodbyeTime bounds the request that ends a session.
const goodbyeTime = 3 * time.Second

// Close ends the session.
func (u *remote) Close() error {
	u.once.Do(func() {
		u.cancel(io.EOF)
		u.mu.Lock()
		session, version := u.session, u.version
		u.mu.Unlock()
		if session == "" || errors.Is(context.Cause(u.ctx), jsonrpc.ErrSession) {
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(u.ctx), goodbyeTime)
		defer cancel()
		if resp, err := u.do(ctx, http.MethodDelete, nil, sessionHeaders(session, version), true); err == nil {
			resp.Body.Close()
		}
	})
	return nil
}

func sessionHeaders(session, version string) []egress.Pair {
	var out []egress.Pair
	if session != "" {
		out = append(out, egress.Pair{Name: mirror.HeaderSession, Value: session})
	}
	if version != "" {
		out = append(out, egress.Pair{Name: mirror.HeaderVersion, Value: version})
	}
	return out
}

// headers returns what identifies the session.
func (u *remote) headers() (session string, h []egress.Pair) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.session, sessionHeaders(u.session, u.version)
}

// errRenewed is the error of a call that was refused for its credential, and that is not sent
// again: a server may have begun with it all the same.
var errRenewed = errors.New("the MCP server refused the credential of the gateway, which has been renewed; the call was not sent again: call again")

// do sends an HTTP request. If the server refuses the credential and there is another one, it sends
// the request again if it may, and returns errRenewed else.
func (u *remote) do(ctx context.Context, method string, body []byte, header []egress.Pair, again bool) (*http.Response, error) {
	header = append(header, egress.Pair{Name: "Accept", Value: "application/json, text/event-stream"}, egress.Pair{Name: "Accept-Encoding", Value: "identity"})
	if body != nil {
		header = append(header, egress.Pair{Name: "Content-Type", Value: "application/json"})
	}
	call := egress.Call{Method: method, URL: u.c.URL, Header: header, Body: body, Credentials: u.c.Header, Stream: true, Repeatable: true}
	for first := true; ; first = false {
		if u.c.Credential != nil {
			c, err := u.c.Credential.Get(ctx)
			if err != nil {
				return nil, fmt.Errorf("the gateway has no credential: %w", err)
			}
			call.Credentials = append([]egress.Credential{c}, u.c.Header...)
		}
		resp, err := u.c.Client.Do(ctx, call)
		if err != nil || resp.StatusCode != http.StatusUnauthorized || !first || u.c.Credential == nil || !u.c.Credential.Refused(ctx, call.Credentials[0]) {
			return resp, err
		}
		resp.Body.Close()
		if !again {
			return nil, errRenewed
		}
	}
}

// harmless are the methods that may be sent twice.
var harmless = []string{
	"initialize", "notifications/initialized", "ping", "server/discover", "tools/list", "prompts/list", "resources/list",
	"resources/templates/list", "resources/read", "skills/list", "skills/get", "prompts/get", "completion/complete", "logging/setLevel", "subscriptions/listen",
}

// post sends a message, and delivers the response. A request without a response is lost.
func (u *remote) post(ctx context.Context, m *jsonrpc.Message, stateless bool) {
	session, header := u.headers()
	if m.Method == "initialize" {
		session, header = "", nil
	}
	if stateless {
		session, header = "", mirror.Headers(m, jsonrpc.VersionOf(m))
	}
	resp, err := u.do(ctx, http.MethodPost, m.Text, header, slices.Contains(harmless, m.Method))
	switch {
	case ctx.Err() != nil:
		if err == nil {
			resp.Body.Close()
		}
		return
	case err == errRenewed:
		u.fail(m, err)
		return
	case err != nil:
		u.fail(m, fmt.Errorf("the MCP server cannot be reached: %w", err))
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotFound && session != "" {
		u.cancel(jsonrpc.ErrSession)
		return
	}
	if m.Method == "initialize" && resp.StatusCode == http.StatusOK {
		id := resp.Header.Get(mirror.HeaderSession)
		if !isSessionID(id) {
			u.fail(m, errors.New("the MCP server begins a session whose id is too long, or has other characters than visible ones of ASCII"))
			return
		}
		u.mu.Lock()
		u.session = id
		u.mu.Unlock()
	}
	if err := u.read(ctx, m, resp); err != nil && ctx.Err() == nil {
		u.fail(m, err)
	}
	if m.Method == "notifications/initialized" {
		u.listen()
	}
}

// maxSessionID bounds the id of a session, in bytes: each request repeats it.
const maxSessionID = 1024

// isSessionID reports whether MCP allows the id of a session, or the id is "".
func isSessionID(id string) bool {
	return len(id) <= maxSessionID && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' })
}

// fail reports a message that the server did not take, or does not answer.
func (u *remote) fail(m *jsonrpc.Message, why error) {
	if m.IsRequest() {
		u.deliver(jsonrpc.Packet{Stream: m.ID, Lost: why}, nil)
		return
	}
	u.c.Log.Warn("a message was not taken by the MCP server", "method", fmt.Sprintf("%.60s", m.Method), "error", why)
}

// read delivers what the server answers to a message. The error says why there is no answer.
func (u *remote) read(ctx context.Context, m *jsonrpc.Message, resp *http.Response) error {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch status := resp.StatusCode; {
	case asksToSignIn(resp): // the body is an error of OAuth
		return statusError(resp)
	case kind == "application/json" && m.IsRequest() && (status < 300 || status >= 400):
		if err := u.readJSON(m, resp.Body); err == nil || status < 300 {
			return err
		}
		return statusError(resp)
	case status >= 300:
		return statusError(resp)
	case !m.IsRequest():
		return nil
	case kind != "text/event-stream":
		return fmt.Errorf("the MCP server answers with status %d and the type %.60q", status, kind)
	}
	return u.readStream(ctx, m, resp)
}

// errTooLarge is the error for a message of the server.
func (u *remote) errTooLarge() error {
	return fmt.Errorf("the answer of the MCP server is larger than %d bytes", u.c.MaxMessage)
}

// readJSON delivers an answer that is one message.
func (u *remote) readJSON(m *jsonrpc.Message, body io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(body, int64(u.c.MaxMessage)+1))
	switch {
	case err != nil:
		return errors.New("the answer of the MCP server ends in the middle")
	case len(text) > u.c.MaxMessage:
		return u.errTooLarge()
	}
	answer, err := u.parse(text)
	if err != nil {
		u.deliver(jsonrpc.Packet{Stream: m.ID}, err)
		return nil
	}
	if answer.Err != nil && answer.ID == "null" {
		answer.ID = m.ID
		answer.Encoded()
	}
	if !answer.IsResponse() || jsonrpc.Key(answer.ID) != jsonrpc.Key(m.ID) {
		return errors.New("the MCP server answers with a message that is no answer to the call")
	}
	u.note(m, answer)
	u.deliver(jsonrpc.Packet{Message: answer, Stream: m.ID}, nil)
	return nil
}

// parse reads a message of the server without the credentials that it may repeat.
func (u *remote) parse(text []byte) (*jsonrpc.Message, error) {
	secrets := u.c.Secrets
	if u.c.Credential != nil {
		secrets = append(u.c.Credential.Secrets(), secrets...)
	}
	if len(secrets) > 0 {
		text = egress.HideEcho(text, "[credential of the gateway]", secrets...)
	}
	return jsonrpc.Parse(text)
}

// note remembers the protocol version that the server agreed to.
func (u *remote) note(m, answer *jsonrpc.Message) {
	if m.Method != "initialize" {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.version = rawjson.String(rawjson.At(answer.Result, "protocolVersion"))
}
