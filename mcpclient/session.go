package mcpclient

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcp/bridge"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/upstream"
)

// Target says how to reach a server. One of URL, Command and Dial is set.
type Target struct {
	URL    string
	Header http.Header // sent with each request to URL, never to another origin
	// Credential, unless nil, is sent with each request to URL.
	Credential upstream.Credential
	Command    []string  // started as a child process that speaks on stdio
	Stderr     io.Writer // receives the stderr of the child line by line; nil discards it
	// Dial connects to a server in this process.
	Dial jsonrpc.Dial
}

// Config configures a connection.
type Config struct {
	Target  Target
	Version string // of this client, as the server sees it
	// Form answers the server's questions. If it is nil, the client declares that it cannot ask
	// anybody.
	Form *Form
	// Note receives the server's log messages, one by one, safe for a terminal; nil discards them.
	// It must not call the session.
	Note func(string)
}

// Session is a connection to one server. It is safe for concurrent use.
type Session struct {
	Server           Implementation
	Instructions     string
	Protocol         string          // the revision of the protocol in use
	InitializeResult json.RawMessage // the server's description of itself

	config       Config
	conn         jsonrpc.Conn
	capabilities capabilities
	stale        atomic.Bool   // the server reported that its tools changed
	asked        atomic.Int32  // the number of questions that are not answered yet
	done         chan struct{} // closed when nothing comes from the server any more

	mu    sync.Mutex // guards the following
	why   error      // nothing comes from the server
	last  int        // the id of the last request
	waits map[string]*wait
	tools []Tool
}

// Implementation is the name and the version of a server.
type Implementation struct{ Name, Version string }

// capabilities are the lists that a server has.
type capabilities struct{ Tools, Resources, Prompts *struct{} }

// ErrEnded reports that the server ended.
var ErrEnded = errors.New("the server ended")

// ErrSignIn reports that the server names an OAuth issuer where people sign in.
var ErrSignIn = errors.New("the server requires credentials (401): those of a person who signs in")

// Connect starts the server or connects to it, initializes the connection and lists the tools. The
// context limits Connect only, not the session.
func Connect(ctx context.Context, cfg Config) (*Session, error) {
	dial, err := cfg.Target.dial()
	if err != nil {
		return nil, err
	}
	s := &Session{config: cfg, done: make(chan struct{}), waits: map[string]*wait{}}
	if s.conn, err = bridge.DialNewest(dial)(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	go s.receive()
	if err = s.initialize(ctx); err != nil {
		err = fmt.Errorf("greet the server: %w", err)
	} else {
		err = s.Refresh(ctx)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Session) initialize(ctx context.Context) error {
	own := map[string]any{}
	if s.config.Form != nil {
		own["elicitation"] = map[string]any{"form": struct{}{}, "url": struct{}{}}
	}
	raw, err := s.request(ctx, "initialize", map[string]any{
		"protocolVersion": jsonrpc.SessionVersions[len(jsonrpc.SessionVersions)-1], "capabilities": own,
		"clientInfo": map[string]string{"name": "spectap", "version": s.config.Version},
	})
	if err != nil {
		return err
	}
	var r struct {
		ProtocolVersion, Instructions string
		ServerInfo                    Implementation
		Capabilities                  capabilities
	}
	if json.Unmarshal(raw, &r) != nil || r.ProtocolVersion == "" {
		return errors.New("its answer is not valid")
	}
	s.Server, s.Instructions, s.Protocol, s.capabilities = r.ServerInfo, r.Instructions, r.ProtocolVersion, r.Capabilities
	s.InitializeResult = raw
	if s.conn.Send(jsonrpc.Notification("notifications/initialized", nil), nil) != nil {
		return s.ended()
	}
	return nil
}

// Close ends the connection. It closes the stdin of a child, and kills a child that does not exit.
func (s *Session) Close() error { return s.conn.Close() }

func (s *Session) handleNotification(m *jsonrpc.Message) {
	switch m.Method {
	case "notifications/tools/list_changed":
		s.stale.Store(true)
	case "notifications/message":
		var p struct{ Level, Data json.RawMessage }
		if s.config.Note == nil || json.Unmarshal(m.Params, &p) != nil || p.Data == nil {
			return
		}
		s.config.Note(visible.Line(textOf(p.Level) + ": " + textOf(p.Data)))
	}
}

// textOf returns a string of JSON as its text, and any other value as it is.
func textOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return string(raw)
	}
	return text
}

// Refresh lists the tools again. It sends nothing to a server without tools.
func (s *Session) Refresh(ctx context.Context) error {
	if s.capabilities.Tools == nil {
		return nil
	}
	s.stale.Store(false)
	raws, err := s.list(ctx, "tools/list")
	if err != nil {
		return err
	}
	var tools []Tool
	for _, raw := range raws {
		var t Tool
		if err := json.Unmarshal(raw, &t); err != nil {
			return fmt.Errorf("list the tools: read a definition: %w", err)
		}
		t.Raw = raw
		tools = append(tools, t)
	}
	slices.SortFunc(tools, func(a, b Tool) int { return strings.Compare(a.Name, b.Name) })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tools = tools
	return nil
}

// Tools returns the server's tools, sorted by name.
func (s *Session) Tools() []Tool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.tools)
}

// Tool returns the tool of a name, and reports whether there is one.
func (s *Session) Tool(name string) (Tool, bool) {
	for _, t := range s.Tools() {
		if t.Name == name {
			return t, true
		}
	}
	return Tool{}, false
}

// Call calls a tool with a JSON object, and returns the result (CallToolResult) as the server sent
// it.
func (s *Session) Call(ctx context.Context, name string, args json.RawMessage) (json.RawMessage, error) {
	return s.request(ctx, "tools/call", map[string]any{"name": name, "arguments": args})
}

// Resources returns the definitions of the resources and of the resource templates.
func (s *Session) Resources(ctx context.Context) (resources, templates []json.RawMessage, err error) {
	if s.capabilities.Resources == nil {
		return nil, nil, nil
	}
	if resources, err = s.list(ctx, "resources/list"); err != nil {
		return nil, nil, err
	}
	templates, err = s.list(ctx, "resources/templates/list")
	if refused, ok := errors.AsType[*ServerError](err); ok && refused.Code == jsonrpc.CodeMethodNotFound {
		err = nil // older servers have resources, but no templates
	}
	return resources, templates, err
}

// Read returns the contents of a resource (ReadResourceResult).
func (s *Session) Read(ctx context.Context, uri string) (json.RawMessage, error) {
	return s.request(ctx, "resources/read", map[string]any{"uri": uri})
}

// Prompts returns the definitions of the prompts.
func (s *Session) Prompts(ctx context.Context) ([]json.RawMessage, error) {
	if s.capabilities.Prompts == nil {
		return nil, nil
	}
	return s.list(ctx, "prompts/list")
}

// Prompt returns a prompt (GetPromptResult).
func (s *Session) Prompt(ctx context.Context, name string, args map[string]string) (json.RawMessage, error) {
	return s.request(ctx, "prompts/get", map[string]any{"name": name, "arguments": args})
}

// dial returns how the target is reached.
func (t Target) dial() (jsonrpc.Dial, error) {
	switch {
	case t.Dial != nil:
		return t.Dial, nil
	case t.URL != "" && len(t.Command) > 0:
		return nil, errors.New("a URL and a command exclude each other")
	case t.URL != "":
		return t.dialURL()
	case len(t.Command) > 0:
		return upstream.Process(t.Command, nil, maxMessage, func(cmd *exec.Cmd) {
			cmd.Stderr = io.Discard
			if t.Stderr != nil {
				cmd.Stderr = &lineWriter{w: t.Stderr}
			}
			setProcessGroup(cmd)
		}), nil
	}
	return nil, errors.New("a URL or a command is required")
}

func (t Target) dialURL() (jsonrpc.Dial, error) {
	u, err := url.Parse(t.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("the URL must be http or https") // the parser's error would contain the URL
	}
	remote := upstream.Remote{URL: u, Credential: t.Credential, MaxMessage: maxMessage, Log: slog.New(slog.DiscardHandler)}
	if u.User != nil && t.Header.Get("Authorization") == "" {
		password, _ := u.User.Password()
		value := "Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password))
		remote.Header = append(remote.Header, egress.Credential{In: egress.InHeader, Name: "Authorization", Value: value})
	}
	u.User = nil
	for name, values := range t.Header {
		remote.Header = append(remote.Header, egress.Credential{In: egress.InHeader, Name: name, Value: strings.Join(values, ", ")})
	}
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u})
	if err != nil {
		return nil, errors.New("the proxy of the environment is not a URL")
	}
	remote.Client, err = egress.New(egress.Config{Named: []string{u.String()}, Proxy: proxy})
	return upstream.ByURL(remote), err
}

// maxStderrLine limits a line of a child's stderr, in bytes.
const maxStderrLine = 16 << 10

// lineWriter passes on complete lines, marked as the server's and safe for a terminal.
type lineWriter struct {
	w io.Writer

	mu   sync.Mutex // guards rest
	rest []byte
}

func (l *lineWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		line, rest, ok := bytes.Cut(l.rest, []byte("\n"))
		if !ok && len(l.rest) < maxStderrLine {
			return len(p), nil
		}
		if !ok {
			line, rest = l.rest[:maxStderrLine], l.rest[maxStderrLine:]
		}
		// An error of the writer is ignored: it must not end the child.
		fmt.Fprintf(l.w, "server: %s\n", visible.Line(strings.TrimRight(string(line), "\r")))
		l.rest = append([]byte(nil), rest...)
	}
}
