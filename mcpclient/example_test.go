package mcpclient_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"os"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/mcpclient"
)

// A server's tools called by hand, and through the commands of a shell.
func Example() {
	m := server.NewMCPServer("ids", "1")
	m.AddTool(mcp.NewTool("echo", mcp.WithInteger("id")), func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText(string(r.Params.RawArguments)), nil
	})
	srv := httptest.NewServer(server.NewStreamableHTTPServer(m))
	defer srv.Close()

	s, err := mcpclient.Connect(context.Background(), mcpclient.Config{Target: mcpclient.Target{URL: srv.URL}, Version: "1"})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	for _, t := range s.Tools() {
		fmt.Println(t.Name)
	}
	shell := &mcpclient.Shell{Session: s, Out: os.Stdout}
	if err := shell.Run(context.Background(), mcpclient.GivenLines("call echo id=9007199254740993")); err != nil {
		log.Fatal(err)
	}
	// Output:
	// echo
	// id: 9007199254740993
}
