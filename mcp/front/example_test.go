package front_test

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"

	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcp/front/fronttest"
)

// A Front admits callers that send the token. It refuses pages of other origins.
func Example() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	token := front.NewToken()
	f, err := front.New(front.Config{Addr: l.Addr(), Token: token}, map[string]front.Server{
		front.DefaultPath: fronttest.Unguarded(server.NewMCPServer("example", "1")),
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- f.Serve(ctx, l) }()

	for _, x := range []struct{ what, name, value string }{
		{"no token", "", ""},
		{"a page of another origin", "Origin", "https://evil.example"},
		{"the token", "Authorization", "Bearer " + token},
	} {
		req, err := http.NewRequest(http.MethodDelete, "http://"+l.Addr().String()+front.DefaultPath, nil)
		if err != nil {
			log.Fatal(err)
		}
		if x.name != "" {
			req.Header.Set(x.name, x.value)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			log.Fatal(err)
		}
		resp.Body.Close()
		fmt.Println(x.what, resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden)
	}
	stop()
	if err := <-done; err != nil {
		log.Fatal(err)
	}
	// Output:
	// no token true false
	// a page of another origin false true
	// the token false false
}
