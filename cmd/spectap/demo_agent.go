package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/mcptools/front"
)

// agent is an MCP client. Like any agent, it knows only what the protocol tells it.
type agent struct {
	client *client.Client
	tools  []mcp.Tool
	done   func()
}

// newAgent connects an agent to a server over a pair of pipes, like stdio. The caller calls done.
func newAgent(ctx context.Context, s *server.MCPServer) (*agent, error) {
	ctx, cancel := context.WithCancel(ctx)
	toServer, fromClient := io.Pipe()
	toClient, fromServer := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- front.ServeStdio(ctx, s, toServer, fromServer, nil) }()
	c := client.NewClient(transport.NewIO(toClient, fromClient, io.NopCloser(strings.NewReader(""))))
	a := &agent{client: c, done: func() {
		c.Close()
		fromServer.Close()
		cancel()
		<-ended
	}}
	if err := c.Start(ctx); err != nil {
		a.done()
		return nil, fmt.Errorf("connect to the MCP server: %w", err)
	}
	var hello mcp.InitializeRequest
	hello.Params.ClientInfo = mcp.Implementation{Name: "demo agent", Version: "1"}
	if _, err := c.Initialize(ctx, hello); err != nil {
		a.done()
		return nil, fmt.Errorf("open the MCP session: %w", err)
	}
	list, err := c.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		a.done()
		return nil, fmt.Errorf("list tools: %w", err)
	}
	a.tools = list.Tools
	return a, nil
}

// call calls a tool and returns its structured result.
func (a *agent) call(ctx context.Context, name string, args map[string]any) (map[string]any, error) {
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Arguments = name, args
	res, err := a.client.CallTool(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", name, err)
	}
	raw, err := json.Marshal(res.StructuredContent)
	if err != nil {
		return nil, err
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, fmt.Errorf("call %s: the result is not an object: %w", name, err)
	}
	return v, nil
}

// find returns the tool of an operation, given its method and the end of its path. "{}" stands for
// a parameter, whose name it returns as well.
func (a *agent) find(method, path string) (tool, param string, err error) {
	template := strings.ReplaceAll(regexp.QuoteMeta(path), `\{\}`, `\{([^{}/]+)\}`)
	pattern := regexp.MustCompile(method + ` \S*` + template + `\)?$`) // descriptions end with (METHOD PATH)
	for _, t := range a.tools {
		if m := pattern.FindStringSubmatch(t.Description); m != nil {
			if len(m) > 1 {
				param = m[1]
			}
			return t.Name, param, nil
		}
	}
	return "", "", fmt.Errorf("no tool for %s %s", method, path)
}
