package main

import (
	"context"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// connectSSE connects a client of protocol 2024-11-05.
func connectSSE(t *testing.T, url string, header map[string]string) *client.Client {
	t.Helper()
	tr := must(transport.NewSSE(url, transport.WithHeaders(header)))
	c := client.NewClient(tr, client.WithProtocolVersion("2024-11-05"))
	t.Cleanup(func() { c.Close() })
	noError(t, c.Start(context.Background()))
	must(c.Initialize(context.Background(), mcp.InitializeRequest{}))
	return c
}
