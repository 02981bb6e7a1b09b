package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// unread is stdout that nobody reads: a write to it does not end before the test.
type unread struct {
	once       sync.Once
	begun, end chan struct{}
}

func (u *unread) Write([]byte) (int, error) {
	u.once.Do(func() { close(u.begun) })
	<-u.end
	return 0, io.ErrClosedPipe
}

// TestClientThatDoesNotRead interrupts servers whose client does not read their output.
func TestClientThatDoesNotRead(t *testing.T) {
	dir := t.TempDir()
	spec, policy := filepath.Join(dir, "api.yaml"), filepath.Join(dir, "policy.yaml")
	har := filepath.Join(dir, "a.har")
	for path, text := range map[string]string{
		har:    `{"log":{"entries":[{"startedDateTime":"2025-01-01T00:00:00Z","request":{"method":"GET","url":"https://a.example/","httpVersion":"","headers":[]},"response":{"status":200,"httpVersion":"","headers":[],"content":{}}}]}}`,
		spec:   "openapi: 3.0.3\ninfo: {title: t, version: '1'}\nservers: [{url: 'https://api.example'}]\npaths:\n  /a: {get: {responses: {'200': {description: OK}}}}\n",
		policy: "version: 1\ntools: {a: {}}\n",
	} {
		noError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	db := filepath.Join(dir, "flows.db")
	command(t, "import", "--db", db, har)
	const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}` + "\n"
	const answer = `{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"s","version":"1"}}}`
	for name, args := range map[string][]string{
		"mcp":     {"mcp", "--db", db},
		"serve":   {"serve", spec},
		"gateway": {"gateway", "--policy", policy, "--", "sh", "-c", "read x; echo '" + answer + "'; read x"},
	} {
		t.Run(name, func(t *testing.T) {
			out := &unread{begun: make(chan struct{}), end: make(chan struct{})}
			defer close(out.end)
			stdin, client := io.Pipe()
			defer client.Close()
			ctx, interrupt := context.WithCancel(t.Context())
			ended := make(chan int, 1)
			go func() { ended <- run(ctx, args, stdin, out, io.Discard) }()
			go io.WriteString(client, hello)
			select {
			case <-out.begun:
			case status := <-ended:
				t.Fatalf("ended with status %d before it wrote", status)
			}
			interrupt()
			select {
			case <-ended:
			case <-time.After(time.Minute):
				t.Error("it did not end")
			}
		})
	}
}
