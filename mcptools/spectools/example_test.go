package spectools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/openapi"
)

const document = `
openapi: 3.0.3
info: {title: Orders, version: "1"}
paths:
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    delete: {operationId: deleteOrder, responses: {"204": {description: gone}}}
`

// An agent calls an operation that changes something. Nothing is sent before the call is confirmed.
func Example() {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("the API gets", r.Method, r.URL.Path)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer api.Close()

	doc, err := openapi.Load([]byte(document))
	if err != nil {
		log.Fatal(err)
	}
	set, err := spectools.FromDocument(doc, spectools.Options{BaseURL: api.URL})
	if err != nil {
		log.Fatal(err)
	}
	defer set.Close()

	ctx := context.Background()
	in, out := front.Pipe(ctx, spectools.NewServer(set, spectools.ServerOptions{}), nil)
	agent := client.NewClient(transport.NewIO(in, out, io.NopCloser(strings.NewReader(""))))
	defer agent.Close()
	if err := agent.Start(ctx); err != nil {
		log.Fatal(err)
	}
	if _, err := agent.Initialize(ctx, mcp.InitializeRequest{}); err != nil {
		log.Fatal(err)
	}
	for _, args := range []map[string]any{{"id": "seven"}, {"id": 7}, {"id": 7, "__confirmed": true}} {
		var call mcp.CallToolRequest
		call.Params.Name, call.Params.Arguments = "deleteOrder", args
		res, err := agent.CallTool(ctx, call)
		if err != nil {
			log.Fatal(err)
		}
		var out struct {
			Type  string
			Error struct{ Message string }
		}
		if err := json.Unmarshal(res.RawStructuredContent, &out); err != nil {
			log.Fatal(err)
		}
		fmt.Println(strings.TrimSpace(out.Type + " " + out.Error.Message))
	}
	// Output:
	// error the arguments are not valid: id must be an integer, not a string
	// confirmation_request
	// the API gets DELETE /orders/7
	// api_response
}

// Arguments returns the tool call that sends a captured request again.
func ExampleSet_Arguments() {
	doc, err := openapi.Load([]byte(document))
	if err != nil {
		log.Fatal(err)
	}
	set, err := spectools.FromDocument(doc, spectools.Options{BaseURL: "http://127.0.0.1:8080"})
	if err != nil {
		log.Fatal(err)
	}
	defer set.Close()
	tool, args, err := set.Arguments("DELETE", "/orders/{id}", map[string]string{"id": "9007199254740993"}, &flow.Request{Method: "DELETE", Path: "/orders/9007199254740993"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tool, string(args))
	// Output:
	// deleteOrder {"id":9007199254740993}
}
