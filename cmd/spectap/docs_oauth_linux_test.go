package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard/oauth/oauthtest"
)

// TestAccessPage runs every command of docs/access.md: those about OAuth with an issuer of the test,
// a free port, and a server that needs no npm.
func TestAccessPage(t *testing.T) {
	text := readFile(t, filepath.Join("..", "..", "docs", "access.md"))
	i := oauthtest.New(t, "")
	var grants, others [][]string
	for _, args := range documentedCommands(t, "access.md", "https://login.example.com", i.URL, "127.0.0.1:8090", "127.0.0.1:0",
		"npx @modelcontextprotocol/server-filesystem data", "cat") {
		if args[0] == "grant" || slices.Contains(args, "--grants") {
			grants = append(grants, args)
		} else {
			others = append(others, args)
		}
	}
	if len(grants) < 5 || len(others) < 4 {
		t.Errorf("found only %d commands about grants, and %d others", len(grants), len(others))
	}
	t.Run("grants", func(t *testing.T) {
		guardFolder(t)
		for _, args := range grants {
			documented(t, replaced(args), 0)
		}
	})
	t.Run("OAuth", func(t *testing.T) {
		t.Chdir(t.TempDir())
		_, yaml, _ := strings.Cut(string(text), "```yaml\n")
		yaml, _, _ = strings.Cut(yaml, "```")
		noError(t, os.WriteFile("policy.yaml", []byte(yaml), 0o600))
		for name, text := range map[string]string{"token": "0123456789", "client-secret": "0123456789"} {
			noError(t, os.WriteFile(name, []byte(text), 0o600))
		}
		for _, args := range others {
			documented(t, args, 0)
		}
	})
}

// runDocumented runs a command, a server until it says its URL.
func runDocumented(args []string) (status int, errs string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var all bytes.Buffer
	r, w := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, args, strings.NewReader(""), io.Discard, w)
		w.Close()
	}()
	for buf := make([]byte, 4096); ; {
		n, err := r.Read(buf)
		all.Write(buf[:n])
		if strings.Contains(all.String(), "MCP at ") {
			cancel()
		}
		if err != nil {
			return <-done, all.String()
		}
	}
}
