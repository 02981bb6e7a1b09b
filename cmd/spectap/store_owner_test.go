package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/internal/control"
)

func fetch(t *testing.T, c *http.Client, url string) {
	t.Helper()
	resp := must(c.Get(url))
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
}

// TestBesideProxy runs commands that read, add and remove flows while a proxy owns the store.
func TestBesideProxy(t *testing.T) {
	t.Setenv(cli.ConfigEnv, "")
	up, upstreamCA := upstreamServer(t)
	dir := t.TempDir()
	db := filepath.Join(dir, "flows.db")
	client := runProxy(t, db, filepath.Join(t.TempDir(), "ca"), upstreamCA).client
	for i := range 12 {
		fetch(t, client, fmt.Sprintf("%s/items/%d", up.URL, i))
	}
	host := strings.TrimPrefix(up.URL, "https://")
	commandsBesideProxy(t, dir, db, host)
	serversBesideProxy(t, db, host, up.URL)
	// The owner has saved the model of the export, so that the next one only catches up.
	fetch(t, client, up.URL+"/items/99")
	c := must(control.Dial(t.Context(), db))
	defer c.Close()
	data, basis, err := c.LoadModel(t.Context(), catalog.ModelName)
	if err != nil || len(data) == 0 || !basis.Covers.Contains(12) || basis.Covers.Contains(13) {
		t.Errorf("a model of %d bytes that covers %v, %v", len(data), basis, err)
	}
	var out bytes.Buffer
	code := run(t.Context(), []string{"store", "compact", "--db", db}, nil, &out, &out)
	if code != cli.ExitFailed || !strings.Contains(out.String(), "a proxy records to it") {
		t.Errorf("compact: exit %d, %s", code, out.String())
	}
}

// commandsBesideProxy runs commands in a row on a store of 12 flows.
func commandsBesideProxy(t *testing.T, dir, db, host string) {
	doc, other := filepath.Join(dir, "api.yaml"), filepath.Join(dir, "other.har")
	plantedHAR(t, other)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"flows", "ls", "--count"}, "12\n"},
		{[]string{"flows", "show", "3"}, "/items/2"},
		{[]string{"flows", "export", "number:1"}, `"version":"1.2"`},
		{[]string{"export", "--host", host, "-o", doc}, "1 operation and "},
		{[]string{"explain", "--host", host, "GET", "/items/3"}, "items"},
		{[]string{"check", doc, "--host", host}, "12 flows: 12 fit"},
		{[]string{"verify", "--host", host}, "12 of 12"},
		{[]string{"store", "stats"}, "in use   by a proxy on 127.0.0.1:"},
		{[]string{"store", "verify"}, "is whole: 12 flows"},
		{[]string{"import", other}, "imported "},
		{[]string{"flows", "rm", "host:api.example.com"}, "removed "},
		{[]string{"flows", "ls", "--count"}, "12\n"},
		{[]string{"export", "--host", host}, "/items/{"},
	} {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			var out bytes.Buffer
			code := run(t.Context(), append(tt.args, "--db", db), strings.NewReader(""), &out, &out)
			if code != cli.ExitFine || !strings.Contains(out.String(), tt.want) {
				t.Errorf("exit %d, want %q in: %s", code, tt.want, out.String())
			}
		})
	}
}

// serversBesideProxy runs the servers for agents.
func serversBesideProxy(t *testing.T, db, host, url string) {
	const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
`
	for _, tt := range []struct {
		args       []string
		call, want string
	}{
		{[]string{"mcp"}, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"list_operations","arguments":{"details":true,"domain":"` + host + `"}}}`, "/items/{"},
		{[]string{"serve", "--host", host, "--base-url", url}, `{"jsonrpc":"2.0","id":2,"method":"tools/list"}`, `(GET /items/{`},
	} {
		t.Run(tt.args[0], func(t *testing.T) {
			var out, errs bytes.Buffer
			code := run(t.Context(), append(tt.args, "--db", db), strings.NewReader(hello+tt.call+"\n"), &out, &errs)
			if code != cli.ExitFine || !strings.Contains(out.String(), tt.want) {
				t.Errorf("exit %d, want %q in: %s%s", code, tt.want, out.String(), errs.String())
			}
		})
	}
}

// TestUnwritableStore runs commands on a store that cannot be written, where the test can make a
// folder read-only.
func TestUnwritableStore(t *testing.T) {
	dir := t.TempDir()
	db := filepath.Join(dir, "s.db")
	har := filepath.Join(t.TempDir(), "s.har")
	plantedHAR(t, har)
	var out bytes.Buffer
	if code := run(t.Context(), []string{"import", har, "--db", db}, nil, &out, &out); code != cli.ExitFine {
		t.Fatal(out.String())
	}
	readOnlyFolder(t, dir)
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"flows", "ls", "--count"}, cli.ExitFine, ""},
		{[]string{"export", "--merge-hosts"}, cli.ExitFine, "openapi: 3"},
		{[]string{"store", "verify"}, cli.ExitFine, "is whole"},
		{[]string{"store", "stats"}, cli.ExitFine, "flows "},
		{[]string{"import", har}, cli.ExitFailed, "try: ls -ld "},
		{[]string{"flows", "rm", "--all"}, cli.ExitFailed, "try: ls -ld "},
		{[]string{"store", "compact"}, cli.ExitFailed, "try: ls -ld "},
		{[]string{"import", har, "--db", filepath.Join(dir, "new.db")}, cli.ExitFailed, "try: ls -ld "},
	} {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			out.Reset()
			args := tt.args
			if !strings.Contains(strings.Join(args, " "), "--db") {
				args = append(args, "--db", db)
			}
			code := run(t.Context(), args, strings.NewReader(""), &out, &out)
			if code != tt.code || !strings.Contains(out.String(), tt.want) || code != cli.ExitFine && strings.Count(out.String(), "\n") != 2 {
				t.Errorf("%v: exit %d, want %q in: %s", args, code, tt.want, out.String())
			}
		})
	}
}
