package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/store"
)

// TestMistakes makes the mistakes of a newcomer. The golden has the answer to each, which is
// renewed with UPDATE_SCRIPTS=1. Each must say what to type next.
func TestMistakes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("errors of files differ")
	}
	t.Setenv(configEnv, "")
	golden, err := filepath.Abs(filepath.Join("testdata", "mistakes.txt"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	setDataHome(t, filepath.Join(dir, "data"))
	defaultStore(t)
	shapesCapture(t, dir, map[string]string{"DB": ""})
	for name, text := range map[string]string{
		"text.txt": "hello\n", "first.yaml": "version: 1\n", "plain.json": `{"a":1}`, "empty.har": "", "nolog.har": `{"log":{}}`, "broken.yaml": "{\n", "servers.yaml": "servers: {shop: {policy: policy.yaml}}\n", "tab.yaml": "openapi: 3.1.0\npaths:\n\t/a: {}\n", ".bad.yaml": "x: [\n",
		"open.yaml": "segments:\n  - path: /a\n    parameter: [true\n", "key.yaml": "segments:\n  - path: /a\n    paramter: x\n", "type.yaml": "operations: 7\n", "flow.yaml": "openapi: 3.1.0\ninfo: {title: x, version: 1}\npaths:\n  /a: {get: {}\n", ".key.yaml": "redct: []\n", ".two.yaml": "proxy: {port: 1}\n---\nredact: [{name: pin}]\n", "two.yaml": "leave-out: [/a]\n---\n",
		"insomnia.json": `{"_type":"export","__export_format":4,"resources":[]}`, "zap.txt": "==== 1 ==========\nGET http://zap.example/ HTTP/1.1\n", "trace.zip": "PK\x03\x04\x14", "access.log": "1.2.3.4 - - [10/Oct/2026:13:55:36 +0000] \"GET /x HTTP/1.1\" 200 2326\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "adir"), 0o700); err != nil {
		t.Fatal(err)
	}
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
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
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
	if err := os.MkdirAll(filepath.Dir(defaultDB()), 0o700); err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(defaultDB(), store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, err := st.BeginSession(t.Context(), store.Session{Command: []string{"true"}}); err != nil {
		t.Fatal(err)
	}
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

// TestUnreadable checks what is said of files of another user.
func TestUnreadable(t *testing.T) {
	p := newProgram(nil, nil, nil)
	denied := &fs.PathError{Op: "open", Path: "d/api.yaml", Err: syscall.EACCES}
	if got := p.hintFor(fmt.Errorf("read document: %w", denied)); got != "ls -ld d d/api.yaml   # shows whose it is" {
		t.Errorf("a document: %q", got)
	}
	db := filepath.Join(t.TempDir(), "s.db")
	for _, there := range []bool{false, true} {
		if there {
			if err := os.WriteFile(db, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got := p.hintFor(storeHint(db, fmt.Errorf("open store: %w", fs.ErrPermission)))
		if strings.HasPrefix(got, "ls -l "+db) != there {
			t.Errorf("a store that exists (%t): %q", there, got)
		}
	}
}

// TestMeantHost checks which host of a store a name was meant to be.
func TestMeantHost(t *testing.T) {
	hosts := []string{"localhost:8443", "shop.localhost:8443", "api.example.com"}
	for want, host := range map[string]string{
		"localhots": "localhost:8443", "shop.localhsot:9": "shop.localhost:8443", "https://api.exmaple.com/x": "api.example.com",
		"localhost:80": "localhost:8443", "other.test": "",
	} {
		if got := similarHost(want, hosts); got != host {
			t.Errorf("%s: %q, want %q", want, got, host)
		}
	}
	if got := nearHost([]string{"status:200", "host:localhots"}, map[string]int{hosts[0]: 1, hosts[1]: 1}); got != "status:200 host:localhost:8443" {
		t.Errorf("in a filter: %q", got)
	}
}

// TestNothingChecked checks that a check without a flow to judge suggests --host for other hosts only.
func TestNothingChecked(t *testing.T) {
	servers := openapi3.Servers{{URL: "https://api.example.com/v1"}}
	for host, want := range map[string]string{
		"api.example.com":     "spectap flows ls   # the document has other methods or paths",
		"staging.example.com": "spectap check 'my api.yaml' --host staging.example.com",
	} {
		err := nothingChecked("my api.yaml", "", []string{host}, servers)
		if h := (*hint)(nil); !errors.As(err, &h) || h.try != want {
			t.Errorf("%s: %v, %+v", host, err, h)
		}
	}
}

// TestNothingCheckedOfAServer checks flows of the server of a document, all to a path that it lacks.
func TestNothingCheckedOfAServer(t *testing.T) {
	t.Setenv(configEnv, "")
	spec := filepath.Join(t.TempDir(), "api.yaml")
	if err := os.WriteFile(spec, []byte(strings.Replace(watchedItems, "paths:", "servers: [{url: 'https://shop.example'}]\npaths:", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{
		"shop.example": "the document has other methods or paths", "staging.example": "--host staging.example",
	} {
		db := storeOf(t, getOf(host, "/other", "text/plain", "x"))
		if status, out, errs := runHere("check", spec, "--db", db); status != exitFailed || !strings.Contains(errs, want) {
			t.Errorf("%s: %d, %s%s, want %s", host, status, out, errs, want)
		}
	}
}

// TestWrongLogFlags checks that no command runs with a level or format of the log that there is not.
func TestWrongLogFlags(t *testing.T) {
	t.Setenv(configEnv, "")
	dir := t.TempDir()
	t.Chdir(dir)
	setDataHome(t, dir)
	api, _, db := hostileFiles(t, dir)
	if err := os.WriteFile("policy.yaml", []byte("version: 1\ntools: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{
		"demo --dir demo", "export --host x.example", "flows ls", "flows rm --all", "gateway --policy policy.yaml -- spectap version",
		"hub --dir hub --listen 127.0.0.1:0", "hub --dir hub --jetstream --listen 127.0.0.1:0", "mcp", "mcp --http 127.0.0.1:0",
		"proxy --listen 127.0.0.1:0 --ca-dir ca", "run --ca-dir ca -- true", "serve " + api, "store compact", "store stats", "ui --listen 127.0.0.1:0", "worker --dir worker",
	} {
		for flag, want := range map[string]string{"--log-level=loud": `--log-level "loud": must be `, "--log-format=xml": `--log-format "xml": must be `} {
			at := db
			if strings.HasPrefix(args, "worker") {
				at = "nats://127.0.0.1:1/shop"
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // for what goes on all the same
			var errs bytes.Buffer
			words := strings.Fields(args)
			status := run(ctx, append([]string{words[0], flag, "--db", at}, words[1:]...), strings.NewReader(""), io.Discard, &errs)
			if cancel(); status != exitMisuse || !strings.Contains(errs.String(), want) || !strings.Contains(errs.String(), "\ntry: ") {
				t.Errorf("%s %s: %d, %s, want %s", args, flag, status, &errs, want)
			}
		}
	}
	if _, err := os.Stat("worker"); err == nil {
		t.Error("the folder of the worker was made")
	}
}

// TestNearFile checks which file a name was meant to be. Of one letter, every other one is near.
func TestNearFile(t *testing.T) {
	for _, tt := range []struct{ name, known, want string }{
		{"p.json", "a.json", ""},
		{"wt.yaml", "w1.yaml", ""},
		{"p.json", "p.yaml notes.txt", ""},
		{"api.yml", "api.yaml", "api.yaml"},
		{"shp.har", "a.har shop.har", "shop.har"},
	} {
		if got := nearFile(tt.name, strings.Fields(tt.known)); got != tt.want {
			t.Errorf("%s beside %s: %q, want %q", tt.name, tt.known, got, tt.want)
		}
	}
}

// TestErrorsHidePasswords puts the user and password of a URL where none belongs. Neither the error
// nor what it says to type next repeats them: both end in the log of a build.
func TestErrorsHidePasswords(t *testing.T) {
	t.Setenv(configEnv, "")
	t.Chdir(t.TempDir())
	if err := os.WriteFile("p.yaml", []byte("version: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const password = "pw-of-ann-17"
	for _, url := range []string{"https://ann:" + password + "@api.example/x", "https://ann:" + password + "@exa mple:bad", "ann:" + password + "@h:80"} {
		for _, command := range []string{
			"@", "flows @", "lint @", "check @", "import @", "model save @", "audit verify @", "flows ls --db @", "export --db @", "hub --listen @ --dir hub",
			"proxy --listen @", "proxy --reverse @", "serve --mount @", "serve --mount x=@", "mcp --allow send --send-to @",
			"gateway --policy p.yaml --upstream @", "gateway --policy p.yaml --http @ -- true", "gateway --policy p.yaml --http 127.0.0.1:0 --oauth-issuer @ -- true",
			"gateway --policy p.yaml --upstream https://h --upstream-oauth-client x --upstream-oauth-issuer @", "policy init -- @", "client -- @",
		} {
			var args []string
			for _, word := range strings.Fields(command) {
				args = append(args, strings.ReplaceAll(word, "@", url))
			}
			if status, out, errs := runHere(args...); status == exitFine || strings.Contains(out+errs, password) || !strings.HasPrefix(errs, "spectap: ") {
				t.Errorf("%s with %s: %d, %s%s", command, url, status, out, errs)
			}
		}
	}
}

// TestHelpHidesVariables prints help while variables have secrets, which are defaults of flags.
func TestHelpHidesVariables(t *testing.T) {
	t.Setenv(configEnv, "")
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
		if status, out, errs := runHere(args...); status != exitFine && command != "man" || strings.Contains(out+errs, secret) {
			t.Errorf("%s: %d, …%.200s", command, status, (out + errs)[max(0, strings.Index(out+errs, secret)-100):])
		}
	}
}
