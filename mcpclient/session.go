package mcpclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/internal/visible"
)

// Target says how to reach a server. Either URL or Command is set.
type Target struct {
	URL     string
	Header  http.Header // sent with each request to URL, never to another origin
	Command []string    // started as a child process that speaks on stdio
	Stderr  io.Writer   // receives the stderr of the child line by line; nil discards it
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
	Server           mcp.Implementation // the server's name and version
	Instructions     string
	Protocol         string          // the revision of the protocol in use
	InitializeResult json.RawMessage // the whole answer to the initialize request

	client       *client.Client
	child        *exec.Cmd // nil over HTTP
	capabilities mcp.ServerCapabilities
	calls        atomic.Int32 // the number of calls in progress
	stale        atomic.Bool  // the server reported that its tools changed
	in           intake

	mu    sync.Mutex // guards tools
	tools []Tool
}

// ErrEnded reports that the server process ended.
var ErrEnded = errors.New("the server ended")

// Connect starts the server or connects to it, initializes the connection and lists the tools. The
// context limits Connect only, not the session.
func Connect(ctx context.Context, cfg Config) (*Session, error) {
	s := &Session{}
	tr, err := s.transport(cfg.Target)
	if err != nil {
		return nil, err
	}
	var opts []client.ClientOption
	if f := cfg.Form; f != nil {
		f.callInProgress = func() bool { return s.calls.Load() > 0 }
		opts = append(opts, client.WithElicitationHandler(f), client.WithClientCapabilities(mcp.ClientCapabilities{
			Elicitation: &mcp.ElicitationCapability{Form: &struct{}{}, URL: &struct{}{}},
		}))
	}
	s.client = client.NewClient(tr, opts...)
	// The transport uses this context for the server's own requests as long as it lives.
	if err := s.client.Start(context.WithoutCancel(ctx)); err != nil {
		var e *exec.Error
		if errors.As(err, &e) {
			err = e
		}
		return nil, fmt.Errorf("start the server: %w", err)
	}
	s.client.OnNotification(func(n mcp.JSONRPCNotification) { s.handleNotification(n, cfg.Note) })
	if err := s.initialize(ctx, cfg.Version); err != nil {
		s.Close()
		return nil, fmt.Errorf("greet the server: %w", err)
	}
	if err := s.Refresh(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Session) initialize(ctx context.Context, version string) error {
	raw, err := s.request(ctx, func(ctx context.Context) error {
		var r mcp.InitializeRequest
		r.Params.ClientInfo = mcp.Implementation{Name: "spectap", Version: version}
		r.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
		res, err := s.client.Initialize(ctx, r)
		if err != nil {
			return err
		}
		s.Server, s.Instructions, s.capabilities = res.ServerInfo, res.Instructions, res.Capabilities
		return nil
	})
	s.InitializeResult, s.Protocol = raw, s.client.ProtocolVersion()
	if err == nil && s.Protocol == "" {
		return errors.New("its answer is not valid")
	}
	return err
}

// Close ends the connection. It closes the stdin of a child, and kills a child that does not exit.
func (s *Session) Close() error { return s.client.Close() }

func (s *Session) handleNotification(n mcp.JSONRPCNotification, note func(string)) {
	switch n.Method {
	case mcp.MethodNotificationToolsListChanged:
		s.stale.Store(true)
	case "notifications/message":
		if note == nil {
			return
		}
		text, ok := n.Params.AdditionalFields["data"].(string)
		if !ok {
			b, err := json.Marshal(n.Params.AdditionalFields["data"])
			if err != nil {
				return
			}
			text = string(b)
		}
		note(visible.Line(fmt.Sprintf("%v: %s", n.Params.AdditionalFields["level"], text)))
	}
}

// Refresh lists the tools again. It sends nothing to a server without tools.
func (s *Session) Refresh(ctx context.Context) error {
	if s.capabilities.Tools == nil {
		return nil
	}
	s.stale.Store(false)
	raws, err := s.list(ctx, "tools", func(ctx context.Context, c mcp.Cursor) error {
		var r mcp.ListToolsRequest
		r.Params.Cursor = c
		_, err := s.client.ListToolsByPage(ctx, r)
		return err
	})
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
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tools {
		if t.Name == name {
			return t, true
		}
	}
	return Tool{}, false
}

// Call calls a tool with a JSON object, which is sent unchanged, and returns the result
// (CallToolResult) as the server sent it.
func (s *Session) Call(ctx context.Context, name string, args json.RawMessage) (json.RawMessage, error) {
	s.calls.Add(1)
	defer s.calls.Add(-1)
	return s.request(ctx, func(ctx context.Context) error {
		var r mcp.CallToolRequest
		r.Params.Name, r.Params.Arguments = name, args
		_, err := s.client.CallTool(ctx, r)
		return err
	})
}

// Resources returns the definitions of the resources and of the resource templates.
func (s *Session) Resources(ctx context.Context) (resources, templates []json.RawMessage, err error) {
	if s.capabilities.Resources == nil {
		return nil, nil, nil
	}
	resources, err = s.list(ctx, "resources", func(ctx context.Context, c mcp.Cursor) error {
		var r mcp.ListResourcesRequest
		r.Params.Cursor = c
		_, err := s.client.ListResourcesByPage(ctx, r)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	templates, err = s.list(ctx, "resourceTemplates", func(ctx context.Context, c mcp.Cursor) error {
		var r mcp.ListResourceTemplatesRequest
		r.Params.Cursor = c
		_, err := s.client.ListResourceTemplatesByPage(ctx, r)
		return err
	})
	var refused *ServerError
	if errors.As(err, &refused) && refused.Code == mcp.METHOD_NOT_FOUND {
		err = nil // older servers have resources, but no templates
	}
	return resources, templates, err
}

// Read returns the contents of a resource (ReadResourceResult).
func (s *Session) Read(ctx context.Context, uri string) (json.RawMessage, error) {
	s.calls.Add(1)
	defer s.calls.Add(-1)
	return s.request(ctx, func(ctx context.Context) error {
		var r mcp.ReadResourceRequest
		r.Params.URI = uri
		_, err := s.client.ReadResource(ctx, r)
		return err
	})
}

// Prompts returns the definitions of the prompts.
func (s *Session) Prompts(ctx context.Context) ([]json.RawMessage, error) {
	if s.capabilities.Prompts == nil {
		return nil, nil
	}
	return s.list(ctx, "prompts", func(ctx context.Context, c mcp.Cursor) error {
		var r mcp.ListPromptsRequest
		r.Params.Cursor = c
		_, err := s.client.ListPromptsByPage(ctx, r)
		return err
	})
}

// Prompt returns a prompt (GetPromptResult).
func (s *Session) Prompt(ctx context.Context, name string, args map[string]string) (json.RawMessage, error) {
	s.calls.Add(1)
	defer s.calls.Add(-1)
	return s.request(ctx, func(ctx context.Context) error {
		var r mcp.GetPromptRequest
		r.Params.Name, r.Params.Arguments = name, args
		_, err := s.client.GetPrompt(ctx, r)
		return err
	})
}
