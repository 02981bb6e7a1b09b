package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// withoutJSON are the commands without --json: they do something instead of printing data, or
// print a file that has a format of its own.
var withoutJSON = map[string][]string{
	"runs until it ends": {"browser", "demo", "gateway", "hub", "inside", "mcp", "mock", "proxy", "run", "serve", "ui", "worker"},
	"changes something": {
		"approvals allow", "approvals approve", "approvals deny", "approvals revoke", "auth login", "auth logout", "ca install", "ca rotate", "ca uninstall",
		"flows rm", "grant add", "grant revoke", "grant rotate", "import", "mcp install", "pins accept", "pins reject",
		"rules add", "rules off", "rules on", "rules release", "rules rm",
		"serve install", "sessions rm", "store compact",
		"model merge", "model save", "correct describe", "correct enum", "correct format", "correct host", "correct leave-out", "correct literal", "correct merge",
		"correct not-null", "correct nullable", "correct open", "correct optional", "correct parameter", "correct rename",
		"correct required", "correct rm", "correct split", "correct summary", "correct title", "correct type", "correct undo",
	},
	"prints a file": {
		"audit key", "ca print", "hub key", "doc", "bundle", "export", "filter", "flows export", "policy convert", "policy init", "policy schema", "redact", "workflows",
		"completion", "man",
	},
}

// elsewhere are the commands whose JSON is that of another, or tested with a server.
var elsewhere = []string{"spectap flows", "spectap test"} // flows ls, and the script test

// TestJSONFlags walks the commands: each has --json or a reason why not.
func TestJSONFlags(t *testing.T) {
	reasons := map[string]string{}
	for why, all := range withoutJSON {
		for _, c := range all {
			reasons["spectap "+c] = why
		}
	}
	shapes := readFile(t, shapesFile)
	docs := readFile(t, filepath.Join("..", "..", "docs", "json.md"))
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		for _, c := range cmd.Commands() {
			visit(c)
		}
		path := cmd.CommandPath()
		_, excused := reasons[path]
		delete(reasons, path)
		if cmd.IsAdditionalHelpTopicCommand() || cmd.HasSubCommands() && !excused && cmd.Flags().Lookup("json") == nil {
			return // prints its help
		}
		f := cmd.Flags().Lookup("json")
		switch {
		case f == nil && !excused:
			t.Errorf("%s prints data and has no --json: add it, or a reason to withoutJSON", path)
			return
		case f != nil && excused:
			t.Errorf("%s has --json and is in withoutJSON", path)
		case f == nil:
			return
		}
		if !strings.Contains(string(docs), "`"+path+"`") {
			t.Errorf("docs/json.md has no row for `%s`", path)
		}
		if !slices.Contains(elsewhere, path) && !strings.Contains(string(shapes), "# "+path+" ") {
			t.Errorf("TestJSONShapes does not run %s --json", path)
		}
	}
	root := newRootCmd(new(cli.Program))
	visit(root)
	for path := range reasons {
		t.Errorf("%s does not exist", path)
	}
}

// shapesFile has the members and types of what each command prints with --json.
var shapesFile = filepath.Join("testdata", "json_shapes.txt")

// TestJSONShapes compares what each command prints with --json with a golden, which is renewed with
// UPDATE_SCRIPTS=1. Members may be added; a removed or changed one breaks programs of users.
func TestJSONShapes(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("desktops and sockets differ")
	}
	t.Setenv(cli.ConfigEnv, "")
	statusSockets(t)
	dir, vars := t.TempDir(), map[string]string{}
	shapesCapture(t, dir, vars)
	shapesGateway(t, dir, vars)
	shapesLive(t, dir, vars)
	t.Setenv("PATH", "") // no desktop
	setDataHome(t, dir)
	noError(t, os.MkdirAll(dir+"/spectap/tokens", 0o700))
	noError(t, os.WriteFile(dir+"/spectap/tokens/48af460b1ffd6dd3323017992719ae20.json", []byte(`{"issuer":"https://login.example","scopes":["read"],"access_token":"x","expires":"2026-01-02T03:04:05Z"}`), 0o600))
	var got strings.Builder
	for _, line := range strings.Split(strings.TrimSpace(shapesCommands), "\n") {
		args := strings.Fields(line)
		for i := range args {
			for name, value := range vars {
				args[i] = strings.ReplaceAll(args[i], name, value)
			}
		}
		var out, errs bytes.Buffer
		ctx, cancel := context.WithCancel(t.Context())
		stdout := io.Writer(&out)
		if strings.HasPrefix(line, "flows tail ") { // runs until it is interrupted
			stdout = &interrupted{Writer: &out, interrupt: cancel}
		}
		code := run(ctx, args, strings.NewReader(""), stdout, &errs)
		cancel()
		if failed := strings.Contains(line, "EXEC-ERROR"); code != cli.ExitFine && code != cli.ExitFound && !(failed && code == cli.ExitFailed) {
			t.Errorf("%s: %d: %s", line, code, errs.String())
			continue
		}
		shape := map[string]bool{}
		d := json.NewDecoder(&out)
		for n := 0; ; n++ {
			var v any
			if err := d.Decode(&v); err == io.EOF && n > 0 {
				break
			} else if err == io.EOF {
				shape["(no lines)"] = true
				break
			} else if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			shapeOf(v, "", shape)
		}
		fmt.Fprintf(&got, "# spectap %s\n", line)
		lines := make([]string, 0, len(shape))
		for s := range shape {
			lines = append(lines, s)
		}
		sort.Strings(lines)
		fmt.Fprintf(&got, "%s\n\n", strings.Join(lines, "\n"))
	}
	if os.Getenv("UPDATE_SCRIPTS") != "" {
		noError(t, os.WriteFile(shapesFile, []byte(got.String()), 0o644))
		return
	}
	want := readFile(t, shapesFile)
	if w, g := strings.Split(string(want), "\n"), strings.Split(got.String(), "\n"); !slices.Equal(w, g) {
		for i := range max(len(w), len(g)) {
			if i >= len(w) || i >= len(g) || w[i] != g[i] {
				t.Fatalf("%s:%d: the shape differs from here on:\n%s", shapesFile, i+1, strings.Join(g[min(i, len(g)):min(i+5, len(g))], "\n"))
			}
		}
	}
}

// shapesCommands are the command lines of TestJSONShapes, without quotes.
const shapesCommands = `
version --json
auth ls --json
ca path --ca-dir DIR/ca --json
flows ls --db DB --json
flows show --db DB 1 --json
rules ls --db DB --json
rules held --db DB --json
sessions ls --db DB --json
sessions show --db DB 1 --json
store stats --db DB --json
store verify --db DB --json
explain --db DB GET /items --json
check --db DB DIR/api.yaml --json
coverage --db DB DIR/api.yaml --json
verify --db DB DIR/api.yaml --json
diff DIR/api.yaml DIR/bad.yaml --json
validate DIR/bad.yaml --json
lint DIR/bad.yaml --json
lint --rules --json
correct ls --db DB --json
model show DIR/s.model --json
policy check DIR/badpolicy.yaml --json
policy test DIR/policy.yaml DIR/cases.yaml --json
grant ls --grants DIR/grants.json --json
approvals ls --approvals APPROVALS --all --json
approvals show --approvals APPROVALS HELD --json
approvals rules --approvals APPROVALS --json
audit tail AUDIT --json -n 100
audit verify AUDIT --json
audit verify AUDIT --key DIR/audit.key.pub --json
pins ls --pins PINS --json
pins diff --pins PINS --json
flows ls --db EMPTY --json
sessions ls --db EMPTY --json
store stats --db EMPTY --json
grant ls --grants NOFILE --json
gateway status --json
replay --db REPLAYED 1 --yes --no-store --json
replay --db REPLAYED 1 --dry-run --json
flows tail --db LIVE --json
client --json --exec list URL
client --json --exec describe URL
client --json --exec EXEC-SCHEMA URL
client --json --exec EXEC-CALL URL
client --json --exec EXEC-ERROR URL
client --json --exec resources URL
client --json --exec EXEC-READ URL
client --json --exec prompts URL
client --json --exec EXEC-PROMPT URL
`

// shapeOf adds a line with the path and the type of each value. Members of objects whose names are
// data, such as hosts, are one line.
func shapeOf(v any, path string, shape map[string]bool) {
	add := func(typ string) { shape[strings.TrimSpace(path+" "+typ)] = true }
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			add("{}")
		}
		for name, value := range v {
			if strings.ContainsAny(name, ". /:") || strings.HasPrefix(name, "anna") || slices.Contains(namedByData, name) {
				name = "*"
			}
			shapeOf(value, path+"."+name, shape)
		}
	case []any:
		if len(v) == 0 {
			add("[]")
		}
		for _, x := range v {
			shapeOf(x, path+"[]", shape)
		}
	case string:
		add("string")
	case float64:
		add("number")
	case bool:
		add("boolean")
	case nil:
		add("null")
	}
}

// namedByData are member names in the fixtures that are data.
var namedByData = []string{"list_hosts", "get_traffic_summary", "list_flows"}

// shapesCapture makes a store with a session, documents, a CA, and policies.
func shapesCapture(t *testing.T, dir string, vars map[string]string) {
	t.Helper()
	vars["DIR"], vars["DB"] = dir, filepath.Join(dir, "s.db")
	st := openStore(t, vars["DB"], store.Options{Create: true})
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	n := must(st.BeginSession(t.Context(), store.Session{Command: []string{"npm", "test"}, Started: now}))
	for _, path := range []string{"/items", "/orders/7", "/orders/8", "/orders/9"} {
		body := []byte(`{"id":1,"name":"pen"}`)
		f := flow.Flow{ID: flow.NewID(), Done: true, Source: "proxy", Started: now, Session: n, Tags: []string{"ci"}, Request: flow.Request{
			Method: "GET", Scheme: "https", Authority: "shop.example", Path: path, RawQuery: "page=1", Proto: "HTTP/1.1",
			Header: flow.Header{{Name: "Accept", Value: "*/*"}}}, Response: &flow.Response{Status: 200, Proto: "HTTP/1.1",
			Header: flow.Header{{Name: "Content-Type", Value: "application/json"}}, Body: flow.Body{Data: body, Size: int64(len(body))}}}
		must(st.Append(t.Context(), f))
	}
	noError(t, st.EndSession(t.Context(), n, now.Add(time.Second), 1))
	noError(t, st.Close())
	for name, text := range map[string]string{
		"api.yaml": `openapi: 3.1.0
info: {title: Shop, version: '1'}
servers: [{url: 'https://shop.example'}]
paths:
  /items:
    get: {operationId: listItems, responses: {'200': {description: OK, content: {application/json: {schema: {type: array}}}}, '404': {description: no}}}
  /orders/{id}:
    get: {operationId: getOrder, parameters: [{name: id, in: path, required: true, schema: {type: integer}}], responses: {'200': {description: OK}}}
  /users:
    get: {operationId: listUsers, responses: {'200': {description: OK}}}
`,
		cli.OverridesName: "leave-out: [/nowhere]\n",
		"bad.yaml":        "openapi: 3.1.0\ninfo: {title: Shop, version: '2'}\npaths:\n  /items:\n    get: {responses: {'20x': {description: no}}}\n",
		"policy.yaml":     "version: 1\ntools:\n  pay:\n    limits: [{counter: spent, window: day, max: 100, increment_from: args.amount}]\n",
		"badpolicy.yaml":  "version: 1\ntoolz: {}\n",
		"cases.yaml":      "cases:\n  - {name: refused, tool: pay, expect: deny}\n  - {name: fine, tool: pay, expect: allow}\n",
	} {
		noError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	command(t, "model", "save", "--db", vars["DB"], "-o", filepath.Join(dir, "s.model"))
	command(t, "ca", "path", "--ca-dir", filepath.Join(dir, "ca"))
	command(t, "grant", "add", "anna", "--grants", filepath.Join(dir, "grants.json"), "--tools", "list_hosts")
}

// shapesGateway starts a gateway with an audit, pins, a held call and an approval by rule.
func shapesGateway(t *testing.T, dir string, vars map[string]string) {
	t.Helper()
	g := newHeldGateway(t, mcp.LATEST_PROTOCOL_VERSION, "true")
	done := g.call(t.Context(), "get_traffic_summary")
	<-done
	first := g.call(t.Context(), "list_hosts")
	held := g.waiting()
	command(t, "approvals", "allow", "--approvals", g.file, held.ID, "--for", "1h", "--any-arguments", "--yes")
	<-first
	all, err := g.book.List(time.Now())
	if err != nil || len(all) == 0 {
		t.Fatal(err)
	}
	vars["HELD"], vars["APPROVALS"] = all[0].ID, g.file
	vars["AUDIT"], vars["PINS"] = g.journal, filepath.Join(filepath.Dir(g.file), "pins.json")
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for { // the gateway notes decisions and first definitions soon
		records := command(t, "audit", "tail", "-n", "100", g.journal, "--json")
		if strings.Contains(records, `"event":"approval"`) && strings.Contains(records, `"event":"definition"`) {
			break
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("the decision is not in the audit")
		}
	}
	vars["EMPTY"], vars["NOFILE"] = emptyStore(t, t.TempDir()), filepath.Join(dir, "none.json")
	command(t, "audit", "key", filepath.Join(dir, "audit.key"))
}
