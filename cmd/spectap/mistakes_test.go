package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/store"
)

// TestMistakes makes the mistakes of a newcomer. The golden has the answer to each, which is
// renewed with UPDATE_SCRIPTS=1. Each must say what to type next.
func TestMistakes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("errors of files differ")
	}
	t.Setenv(cli.ConfigEnv, "")
	golden := must(filepath.Abs(filepath.Join("testdata", "mistakes.txt")))
	want := readFile(t, golden)
	dir := t.TempDir()
	setDataHome(t, filepath.Join(dir, "data"))
	defaultStore(t)
	shapesCapture(t, dir, map[string]string{"DB": ""})
	for name, text := range map[string]string{
		"text.txt": "hello\n", "first.api.yaml": "openapi: 3.1.0\ninfo: {title: a, version: v}\npaths: {}\n", "none.har": `{"log":{"entries":[]}}`, "first.yaml": "version: 1\n", "plain.json": `{"a":1}`, "empty.har": "", "nolog.har": `{"log":{}}`, "broken.yaml": "{\n", "servers.yaml": "servers: {shop: {policy: policy.yaml}}\n", "tab.yaml": "openapi: 3.1.0\npaths:\n\t/a: {}\n", ".bad.yaml": "x: [\n",
		"open.yaml": "segments:\n  - path: /a\n    parameter: [true\n", "key.yaml": "segments:\n  - path: /a\n    paramter: x\n", "type.yaml": "operations: 7\n", "flow.yaml": "openapi: 3.1.0\ninfo: {title: x, version: 1}\npaths:\n  /a: {get: {}\n", ".key.yaml": "redct: []\n", ".two.yaml": "proxy: {port: 1}\n---\nredact: [{name: pin}]\n", "two.yaml": "leave-out: [/a]\n---\n",
		"insomnia.json": `{"_type":"export","__export_format":4,"resources":[]}`, "zap.txt": "==== 1 ==========\nGET http://zap.example/ HTTP/1.1\n", "trace.zip": "PK\x03\x04\x14", "access.log": "1.2.3.4 - - [10/Oct/2026:13:55:36 +0000] \"GET /x HTTP/1.1\" 200 2326\n",
	} {
		noError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	noError(t, os.Mkdir(filepath.Join(dir, "adir"), 0o700))
	t.Chdir(dir)
	t.Setenv("DISPLAY", "")
	var got strings.Builder
	mistakes := 0
	for line := range strings.Lines(string(want)) {
		command, ok := strings.CutPrefix(line, "$ spectap ")
		if !ok {
			continue
		}
		mistakes++
		var out, errs bytes.Buffer
		status := run(t.Context(), shellWords(strings.TrimSpace(command)), strings.NewReader(""), &out, &errs)
		if strings.HasPrefix(command, "explain") || out.Len() > 200 {
			out.Reset() // only the answer to the mistake
		}
		said := strings.ReplaceAll(out.String()+errs.String(), dir, "DIR")
		if !strings.Contains(said, "\ntry: ") && !strings.Contains(said, "none of ") {
			t.Errorf("%s: nothing to type next:\n%s", strings.TrimSpace(command), said)
		}
		fmt.Fprintf(&got, "%s%s[%d]\n\n", line, said, status)
	}
	if mistakes < 50 {
		t.Errorf("%d mistakes, want 50", mistakes)
	}
	if os.Getenv("UPDATE_SCRIPTS") != "" {
		noError(t, os.WriteFile(golden, []byte(got.String()), 0o644))
		return
	}
	if got.String() != string(want) {
		w := strings.Split(string(want), "\n\n")
		for i, g := range strings.Split(got.String(), "\n\n") {
			if i >= len(w) || g != w[i] {
				t.Fatalf("got:\n%s\nwant:\n%s", g, w[min(i, len(w)-1)])
			}
		}
	}
}

// defaultStore makes the store that commands use without --db, with a session without flows.
func defaultStore(t *testing.T) {
	t.Helper()
	noError(t, os.MkdirAll(filepath.Dir(cli.DefaultDB()), 0o700))
	st := openStore(t, cli.DefaultDB(), store.Options{Create: true})
	defer st.Close()
	must(st.BeginSession(t.Context(), store.Session{Command: []string{"true"}}))
}

// shellWord is a word of a command line: text, or text between single quotes.
var shellWord = regexp.MustCompile(`'[^']*'|[^ ]+`)

func shellWords(line string) []string {
	words := shellWord.FindAllString(line, -1)
	for i := range words {
		words[i] = strings.Trim(words[i], "'")
	}
	return words
}

// TestErrorsHidePasswords puts the user and password of a URL where none belongs. Neither the error
// nor its hint repeats them, since both end up in build logs.
func TestErrorsHidePasswords(t *testing.T) {
	t.Setenv(cli.ConfigEnv, "")
	t.Chdir(t.TempDir())
	noError(t, os.WriteFile("p.yaml", []byte("version: 1\n"), 0o600))
	const password = "pw-of-ann-17"
	for _, url := range []string{"https://ann:" + password + "@api.example/x", "https://ann:" + password + "@exa mple:bad", "ann:" + password + "@h:80"} {
		for _, command := range []string{
			"@", "flows @", "lint @", "check @", "import @", "model save @", "audit verify @", "flows ls --db @", "export --db @", "hub --jetstream --listen @ --dir hub",
			"proxy --listen @", "proxy --reverse @", "serve --mount @", "serve --mount x=@", "mcp --allow send --send-to @",
			"gateway --policy p.yaml --upstream @", "gateway --policy p.yaml --http @ -- true", "gateway --policy p.yaml --http 127.0.0.1:0 --oauth-issuer @ -- true",
			"gateway --policy p.yaml --upstream https://h --upstream-oauth-client x --upstream-oauth-issuer @", "policy init -- @", "client -- @",
		} {
			var args []string
			for _, word := range strings.Fields(command) {
				args = append(args, strings.ReplaceAll(word, "@", url))
			}
			if status, out, errs := runHere(args...); status == cli.ExitFine || strings.Contains(out+errs, password) || !strings.HasPrefix(errs, "spectap: ") {
				t.Errorf("%s with %s: %d, %s%s", command, url, status, out, errs)
			}
		}
	}
}

// TestHelpHidesVariables prints help while variables have secrets, which are defaults of flags.
func TestHelpHidesVariables(t *testing.T) {
	t.Setenv(cli.ConfigEnv, "")
	const secret = "pw-of-ann-17"
	for _, name := range []string{"SPECTAP_APPROVAL_WEBHOOK", "SPECTAP_UPSTREAM_PROXY", "OPENAPI_BASE_URL"} {
		t.Setenv(name, "https://ann:"+secret+"@h.example/"+secret)
	}
	t.Setenv("SPECTAP_DB", "nats://ann:"+secret+"@h.example/team")
	t.Setenv("SPECTAP_PROXY_AUTH", "ann:"+secret)
	for _, command := range []string{"gateway", "serve", "mcp", "proxy", "run", "browser", "flows ls", "man"} {
		args := strings.Fields(command)
		if command != "man" {
			args = append(args, "--help")
		}
		if status, out, errs := runHere(args...); status != cli.ExitFine && command != "man" || strings.Contains(out+errs, secret) {
			t.Errorf("%s: %d, …%.200s", command, status, (out + errs)[max(0, strings.Index(out+errs, secret)-100):])
		}
	}
}
