package demo

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/internal/demo"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcp/front/fronttest"
)

// toolAnswers are the successive results of a server's tools, by operation. An operation without an
// entry has no tool. One without a result left returns a protocol error.
type toolAnswers map[string][]toolAnswer

type toolAnswer struct {
	result map[string]any
	// requests are sent to the API meanwhile.
	requests []string
}

// demoTool returns the name of the tool of an operation.
func demoTool(operation string) string {
	return strings.Trim(strings.NewReplacer(" ", "_", "/", "_", "{", "", "}", "").Replace(operation), "_")
}

// agentOf returns an agent of a server with a tool for each operation.
func agentOf(t *testing.T, s *Run, all toolAnswers) *agent {
	t.Helper()
	m := server.NewMCPServer("test", "1")
	for operation, list := range all {
		tool := mcp.NewTool(demoTool(operation), mcp.WithDescription("Does it. ("+operation+")"))
		m.AddTool(tool, func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			if len(list) == 0 {
				return nil, errors.New("no answer")
			}
			a := list[0]
			list = list[1:]
			for _, method := range a.requests {
				s.shop.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, "/products", nil))
			}
			return mcp.NewToolResultStructured(a.result, "text"), nil
		})
	}
	a := must.Get(newAgent(t.Context(), fronttest.Unguarded(m)))
	t.Cleanup(func() { a.client.Close() })
	return a
}

// TestDemoChecksItself checks that a demo fails if the program does not behave as the demo says: if
// a tool is missing or fails, or if a call is sent that must be held.
func TestDemoChecksItself(t *testing.T) {
	type object = map[string]any
	const product, products, orders, order = "GET /products/{id}", "GET /products", "GET /orders", "DELETE /orders/{id}"
	oak := object{"type": "api_response", "data": object{"name": "Oak stool"}}
	refused := object{"type": "error", "error": object{"code": "validation_error", "details": object{"field": "page"}}}
	open := []toolAnswer{{result: object{"data": object{"orders": []any{
		object{"id": "o-1", "status": "shipped"}, object{"id": "o-2", "status": "open"},
	}}}}}
	held := object{"type": "confirmation_request", "action": "delete_resource"}
	deleted := object{"type": "api_response", "metadata": object{"status_code": http.StatusNoContent}}
	for _, tt := range []struct {
		name    string
		act     func(*Run, context.Context, *agent) error
		answers toolAnswers
		want    string // part of the error, "" for none
	}{
		{"read", (*Run).callRead, toolAnswers{product: {{result: oak}}}, ""},
		{"no tool to read", (*Run).callRead, toolAnswers{products: nil}, "no tool for GET /products/{}"},
		{"reading fails", (*Run).callRead, toolAnswers{product: nil}, "no answer"},
		{"another product", (*Run).callRead, toolAnswers{product: {{result: refused}}}, "returned"},
		{"another name", (*Run).callRead, toolAnswers{product: {{result: object{"type": "api_response"}}}}, "returned"},

		{"invalid", (*Run).callInvalid, toolAnswers{products: {{result: refused}}}, ""},
		{"no tool to list", (*Run).callInvalid, toolAnswers{product: nil}, "no tool for GET /products"},
		{"listing fails", (*Run).callInvalid, toolAnswers{products: nil}, "no answer"},
		{"invalid but sent", (*Run).callInvalid, toolAnswers{products: {{refused, []string{"GET"}}}}, "1 requests reached"},
		{"invalid but accepted", (*Run).callInvalid, toolAnswers{products: {{result: oak}}}, "returned"},

		{"delete", (*Run).callDelete,
			toolAnswers{orders: open, order: {{result: held}, {deleted, []string{"DELETE"}}}}, ""},
		{"no tool for orders", (*Run).callDelete, toolAnswers{order: nil}, "no tool for GET /orders"},
		{"orders fail", (*Run).callDelete, toolAnswers{orders: nil}, "no answer"},
		{"no open order", (*Run).callDelete, toolAnswers{orders: {{result: oak}}}, "no open order"},
		{"no tool to delete", (*Run).callDelete, toolAnswers{orders: open}, "no tool for DELETE"},
		{"deleting fails", (*Run).callDelete, toolAnswers{orders: open, order: nil}, "no answer"},
		{"not held", (*Run).callDelete, toolAnswers{orders: open, order: {{result: deleted}}}, "returned"},
		{"held but sent", (*Run).callDelete,
			toolAnswers{orders: open, order: {{held, []string{"DELETE"}}}}, "sent before the confirmation"},
		{"confirming fails", (*Run).callDelete, toolAnswers{orders: open, order: {{result: held}}}, "no answer"},
		{"held again", (*Run).callDelete, toolAnswers{orders: open, order: {{result: held}, {result: held}}}, "returned"},
		{"confirmed but not sent", (*Run).callDelete,
			toolAnswers{orders: open, order: {{result: held}, {result: deleted}}}, "received 0 DELETE requests, want 1"},
		{"sent twice", (*Run).callDelete,
			toolAnswers{orders: open, order: {{result: held}, {deleted, []string{"DELETE", "DELETE"}}}}, "received 2 DELETE requests, want 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &Run{P: &cli.Program{Stdout: visible.NewWriter(io.Discard)}, shop: demo.New()}
			err := tt.act(s, t.Context(), agentOf(t, s, tt.answers))
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
