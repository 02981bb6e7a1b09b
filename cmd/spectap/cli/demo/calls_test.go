package demo

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcp/front/fronttest"
)

// toolAnswers are the successive results of a server's tools, by operation. An operation without an
// entry has no tool. One without a result left returns a protocol error.
type toolAnswers map[string][]toolAnswer

type toolAnswer struct {
	result   map[string]any
	requests int64 // that reach the API meanwhile
}

// serverOf returns a server with a tool for each operation.
func serverOf(s *run, all toolAnswers) *server.MCPServer {
	m := server.NewMCPServer("test", "1")
	for operation, list := range all {
		name := strings.Trim(strings.NewReplacer(" ", "_", "/", "_", "{", "", "}", "").Replace(operation), "_")
		tool := mcp.NewTool(name, mcp.WithDescription("Does it. ("+operation+")"))
		m.AddTool(tool, func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			if len(list) == 0 {
				return nil, errors.New("no answer")
			}
			a := list[0]
			list = list[1:]
			s.shop.received.Add(a.requests)
			return mcp.NewToolResultStructured(a.result, "text"), nil
		})
	}
	return m
}

// TestDemoChecksItself checks that a demo fails if the program does not behave as the demo says: if
// a tool is missing or fails, or if a call is sent that must be held.
func TestDemoChecksItself(t *testing.T) {
	const product, products = "GET /api/v1/products/{id}", "GET /api/v1/products"
	const orders, order = "GET /api/v1/orders", "DELETE /api/v1/orders/{id}"
	oak := object{"type": "api_response", "data": object{"name": "Oak stool"}}
	refused := object{"type": "error", "error": object{"code": "validation_error", "details": object{"field": "page"}}}
	list := object{"type": "api_response", "data": object{"orders": []any{object{"id": "o-1"}}}}
	held := object{"type": "confirmation_request", "action": "delete_resource"}
	deleted := object{"type": "api_response", "metadata": object{"status_code": http.StatusNoContent}}
	token := object{"type": "api_response", "data": object{"name": "Oak stool", "token": "eyJhbGciOiJIUzI1NiJ9"}}
	right := toolAnswers{product: {{oak, 1}}, products: {{refused, 0}}, orders: {{list, 1}}, order: {{held, 0}, {deleted, 1}}}
	for _, tt := range []struct {
		name      string
		operation string
		answers   []toolAnswer // instead of the right ones
		want      string       // part of the error, "" for none
	}{
		{"right", product, right[product], ""},
		{"reading fails", product, []toolAnswer{}, "no answer"},
		{"another product", product, []toolAnswer{{refused, 1}}, "returned"},
		{"another name", product, []toolAnswer{{object{"type": "api_response"}, 1}}, "returned"},
		{"a secret", product, []toolAnswer{{token, 1}}, "showed a secret"},
		{"no tool to list", products, nil, "no tool for (GET /api/v1/products)"},
		{"listing fails", products, []toolAnswer{}, "no answer"},
		{"invalid but sent", products, []toolAnswer{{refused, 1}}, "1 requests reached the API, want 0"},
		{"invalid but accepted", products, []toolAnswer{{oak, 1}}, "returned"},
		{"no tool for orders", orders, nil, "no tool for (GET /api/v1/orders)"},
		{"no tool to delete", order, nil, "no tool for (DELETE"},
		{"deleting fails", order, []toolAnswer{}, "no answer"},
		{"not held", order, []toolAnswer{{deleted, 1}}, "returned"},
		{"held but sent", order, []toolAnswer{{held, 1}}, "1 requests reached the API, want 0"},
		{"confirming fails", order, []toolAnswer{{held, 0}}, "no answer"},
		{"held again", order, []toolAnswer{{held, 0}, {held, 0}}, "returned"},
		{"confirmed but not sent", order, []toolAnswer{{held, 0}, {deleted, 0}}, "0 requests reached the API, want 1"},
		{"sent twice", order, []toolAnswer{{held, 0}, {deleted, 2}}, "2 requests reached the API, want 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, all := &run{p: &cli.Program{Stdout: visible.NewWriter(io.Discard)}}, maps.Clone(right)
			if all[tt.operation] = tt.answers; tt.answers == nil {
				delete(all, tt.operation)
			}
			err := s.runAgent(t.Context(), fronttest.Unguarded(serverOf(s, all)), calls)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
