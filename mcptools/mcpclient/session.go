package mcpclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// Target is where a server is. Either URL or Command is set.
type Target struct {
	URL     string
	Header  map[string]string // sent with each request to URL
	Command []string          // started as a child that speaks on stdio
	Stderr  io.Writer         // gets what the child says there; nil discards it
}

// Tool is a tool as its server defines it.
type Tool struct {
	Name        string          `json:"name"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	InputSchema json.RawMessage `json:"inputSchema"`
	Raw         json.RawMessage `json:"-"` // all of it
}

// Session is a connection to one server. It is safe for concurrent use.
type Session struct {
	client *client.Client
	Server mcp.Implementation

	mu    sync.Mutex // guards tools
	tools []Tool
}

// Asker puts a server's questions to the person.
type Asker = client.ElicitationHandler

// Connect connects and lists the tools. With asker nil the server is told that nobody can be asked.
func Connect(ctx context.Context, t Target, asker Asker, version string) (*Session, error) {
	s := &Session{}
	tr, err := s.transport(t)
	if err != nil {
		return nil, err
	}
	var opts []client.ClientOption
	if asker != nil {
		opts = append(opts, client.WithElicitationHandler(asker))
	}
	s.client = client.NewClient(tr, opts...)
	if err := s.client.Start(ctx); err != nil {
		return nil, fmt.Errorf("start the connection: %w", err)
	}
	var r mcp.InitializeRequest
	r.Params.ClientInfo = mcp.Implementation{Name: "spectap", Version: version}
	r.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	res, err := s.client.Initialize(ctx, r)
	if err != nil {
		s.client.Close()
		return nil, fmt.Errorf("greet the server: %w", err)
	}
	s.Server = res.ServerInfo
	if res.Capabilities.Tools == nil {
		return s, nil
	}
	if err := s.Refresh(ctx); err != nil {
		s.client.Close()
		return nil, err
	}
	return s, nil
}

// Close ends the connection, and the child if there is one.
func (s *Session) Close() error { return s.client.Close() }

func (s *Session) transport(t Target) (transport.Interface, error) {
	switch {
	case t.URL != "" && len(t.Command) > 0:
		return nil, errors.New("a URL and a command exclude each other")
	case t.URL != "":
		h, err := transport.NewStreamableHTTP(t.URL, transport.WithHTTPHeaders(t.Header))
		if err != nil {
			return nil, fmt.Errorf("connect to %s: %w", t.URL, err)
		}
		return httpTransport{h, s}, nil
	case len(t.Command) > 0:
		var opts []transport.StdioOption
		if t.Stderr != nil {
			opts = append(opts, transport.WithCommandStderrWriter(t.Stderr))
		}
		return stdioTransport{transport.NewStdioWithOptions(t.Command[0], nil, t.Command[1:], opts...), s}, nil
	}
	return nil, errors.New("there is neither a URL nor a command")
}

// httpTransport and stdioTransport see the definitions of tools before the library takes them apart.
type httpTransport struct {
	*transport.StreamableHTTP
	s *Session
}

func (t httpTransport) SendRequest(ctx context.Context, r transport.JSONRPCRequest) (*transport.JSONRPCResponse, error) {
	res, err := t.StreamableHTTP.SendRequest(ctx, r)
	t.s.see(r.Method, res)
	return res, err
}

type stdioTransport struct {
	*transport.Stdio
	s *Session
}

func (t stdioTransport) SendRequest(ctx context.Context, r transport.JSONRPCRequest) (*transport.JSONRPCResponse, error) {
	res, err := t.Stdio.SendRequest(ctx, r)
	t.s.see(r.Method, res)
	return res, err
}

func (s *Session) see(method string, res *transport.JSONRPCResponse) {
	if method != string(mcp.MethodToolsList) || res == nil || res.Error != nil {
		return
	}
	var page struct {
		Tools []json.RawMessage `json:"tools"`
	}
	if json.Unmarshal(res.Result, &page) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, raw := range page.Tools {
		var t Tool
		if json.Unmarshal(raw, &t) == nil {
			t.Raw = raw
			s.tools = append(s.tools, t)
		}
	}
}

// Refresh lists the tools again.
func (s *Session) Refresh(ctx context.Context) error {
	s.mu.Lock()
	s.tools = nil
	s.mu.Unlock()
	for _, err := range s.client.IterTools(ctx, mcp.ListToolsRequest{}) {
		if err != nil {
			return fmt.Errorf("list the tools: %w", err)
		}
	}
	return nil
}

// Tools are the server's tools by name.
func (s *Session) Tools() []Tool {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.tools)
	slices.SortFunc(out, func(a, b Tool) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Tool finds one by its name.
func (s *Session) Tool(name string) (Tool, bool) {
	for _, t := range s.Tools() {
		if t.Name == name {
			return t, true
		}
	}
	return Tool{}, false
}

// Call calls a tool with arguments as JSON, whose numbers stay as they are.
func (s *Session) Call(ctx context.Context, name string, args json.RawMessage) (*mcp.CallToolResult, error) {
	var r mcp.CallToolRequest
	r.Params.Name = name
	r.Params.Arguments = args
	return s.client.CallTool(ctx, r)
}
