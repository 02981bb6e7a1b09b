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

// Target is where a server is. Either URL or Command is set.
type Target struct {
	URL     string
	Header  http.Header // sent with each request to URL, and never to another origin
	Command []string    // started as a child that speaks on stdio
	Stderr  io.Writer   // gets the lines that the child writes to its stderr; nil discards them
}

// Config says who connects to what.
type Config struct {
	Target  Target
	Version string // this client's, as the server is told
	// Form answers the server's questions. Nil: the server is told that nobody can be asked.
	Form *Form
	// Note gets what the server logs, one message each, fit for a terminal; nil discards it. It must not call the
	// session.
	Note func(string)
}

// Session is a connection to one server. It is safe for concurrent use.
type Session struct {
	// Server is what the server says of itself, Protocol the revision that is spoken.
	Server       mcp.Implementation
	Instructions string
	Protocol     string
	About        json.RawMessage // the whole of the answer to the greeting

	client *client.Client
	child  *exec.Cmd // nil over HTTP
	can    mcp.ServerCapabilities
	calls  atomic.Int32 // that are under way
	stale  atomic.Bool  // the server said that its tools changed

	mu    sync.Mutex // guards tools
	tools []Tool
}

// ErrEnded says that the server is gone.
var ErrEnded = errors.New("the server ended")

// Connect starts or reaches the server, greets it and lists its tools. The context bounds the connecting alone.
func Connect(ctx context.Context, cfg Config) (*Session, error) {
	s := &Session{}
	tr, err := s.transport(cfg.Target)
	if err != nil {
		return nil, err
	}
	var opts []client.ClientOption
	if f := cfg.Form; f != nil {
		f.open = func() bool { return s.calls.Load() > 0 }
		opts = append(opts, client.WithElicitationHandler(f), client.WithClientCapabilities(mcp.ClientCapabilities{
			Elicitation: &mcp.ElicitationCapability{Form: &struct{}{}, URL: &struct{}{}},
		}))
	}
	s.client = client.NewClient(tr, opts...)
	// The transport keeps the context it is started with for the server's own requests.
	if err := s.client.Start(context.WithoutCancel(ctx)); err != nil {
		var e *exec.Error
		if errors.As(err, &e) {
			return nil, fmt.Errorf("start the server: %w", e)
		}
		return nil, fmt.Errorf("start the server: %w", err)
	}
	s.client.OnNotification(func(n mcp.JSONRPCNotification) { s.notified(n, cfg.Note) })
	if err := s.greet(ctx, cfg.Version); err != nil {
		s.Close()
		return nil, fmt.Errorf("greet the server: %w", err)
	}
	if err := s.Refresh(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Session) greet(ctx context.Context, version string) error {
	raw, err := s.do(ctx, func(ctx context.Context) error {
		var r mcp.InitializeRequest
		r.Params.ClientInfo = mcp.Implementation{Name: "spectap", Version: version}
		r.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
		res, err := s.client.Initialize(ctx, r)
		if err != nil {
			return err
		}
		s.Server, s.Instructions, s.can = res.ServerInfo, res.Instructions, res.Capabilities
		return nil
	})
	s.About, s.Protocol = raw, s.client.ProtocolVersion()
	if err == nil && s.Protocol == "" {
		return errors.New("its answer cannot be read")
	}
	return err
}

// Close ends the connection, and the child if there is one: its stdin is closed, and it is killed when it stays.
func (s *Session) Close() error { return s.client.Close() }

func (s *Session) notified(n mcp.JSONRPCNotification, note func(string)) {
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

// Refresh lists the tools anew. A server that has none is left in peace.
func (s *Session) Refresh(ctx context.Context) error {
	if s.can.Tools == nil {
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

// Tools are the server's tools by name.
func (s *Session) Tools() []Tool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.tools)
}

// Tool finds one by its name.
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

// Call calls a tool with a JSON object, which is sent as it is, and returns the result (CallToolResult) as it came.
func (s *Session) Call(ctx context.Context, name string, args json.RawMessage) (json.RawMessage, error) {
	s.calls.Add(1)
	defer s.calls.Add(-1)
	return s.do(ctx, func(ctx context.Context) error {
		var r mcp.CallToolRequest
		r.Params.Name, r.Params.Arguments = name, args
		_, err := s.client.CallTool(ctx, r)
		return err
	})
}

// Resources are the definitions of resources, Templates those of resource templates.
func (s *Session) Resources(ctx context.Context) (resources, templates []json.RawMessage, err error) {
	if s.can.Resources == nil {
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
		err = nil // templates are younger than resources
	}
	return resources, templates, err
}

// Read reads a resource (ReadResourceResult).
func (s *Session) Read(ctx context.Context, uri string) (json.RawMessage, error) {
	s.calls.Add(1)
	defer s.calls.Add(-1)
	return s.do(ctx, func(ctx context.Context) error {
		var r mcp.ReadResourceRequest
		r.Params.URI = uri
		_, err := s.client.ReadResource(ctx, r)
		return err
	})
}

// Prompts are the definitions of prompts.
func (s *Session) Prompts(ctx context.Context) ([]json.RawMessage, error) {
	if s.can.Prompts == nil {
		return nil, nil
	}
	return s.list(ctx, "prompts", func(ctx context.Context, c mcp.Cursor) error {
		var r mcp.ListPromptsRequest
		r.Params.Cursor = c
		_, err := s.client.ListPromptsByPage(ctx, r)
		return err
	})
}

// Prompt gets a prompt (GetPromptResult).
func (s *Session) Prompt(ctx context.Context, name string, args map[string]string) (json.RawMessage, error) {
	s.calls.Add(1)
	defer s.calls.Add(-1)
	return s.do(ctx, func(ctx context.Context) error {
		var r mcp.GetPromptRequest
		r.Params.Name, r.Params.Arguments = name, args
		_, err := s.client.GetPrompt(ctx, r)
		return err
	})
}
