package codegen

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcptools/view"
)

// hostileText tries to break out of strings and comments of every language.
const hostileText = "a'b\"c`d$(id)${HOME}\\ #{x} */ // é世🙂 \u202e\u2028\u3164 %s {} \n\"\"\"\n'''\nEOF\t$SECRET_1"

const (
	plantedBearer = "abcdefghijklmnop1234567890"
	plantedToken  = "sk_live_abcdefghijklmnop0123"
)

func newFlow(method, authority, path, query string) flow.Flow {
	return flow.Flow{Seq: 1, Request: flow.Request{
		Method: method, Scheme: "http", Authority: authority, Path: path, RawQuery: query, Proto: "HTTP/1.1",
	}}
}

func hostileFlow(base string) flow.Flow {
	authority := strings.TrimPrefix(base, "http://")
	f := newFlow("POST", authority, "/it's/$(id)/%E4%B8%96", "q=`id`&r=\"x\"&s=%0a&token="+plantedToken)
	f.Request.Header = flow.Header{
		{Name: "Content-Type", Value: "text/plain; charset=utf-8"}, {Name: "X-Odd", Value: "it's \"$HOME\" `id` \\ #{}"},
		{Name: "Authorization", Value: "Bearer " + plantedBearer}, {Name: "Accept", Value: "text/plain"},
	}
	f.Request.Body = flow.Body{Data: []byte(hostileText), Size: int64(len(hostileText))}
	return f
}

// generate redacts the flows and generates a program from them.
func generate(framework string, flows ...flow.Flow) Program {
	r := redact.New([]byte("key"), redact.Config{})
	redacted := make([]flow.Flow, len(flows))
	for i, f := range flows {
		redacted[i] = r.Flow(f)
	}
	return Generate(framework, Sequence{Flows: redacted})
}

func TestCodeHasNoSecretsAndVerifiesTLS(t *testing.T) {
	for _, framework := range Frameworks() {
		t.Run(framework, func(t *testing.T) {
			p := generate(framework, hostileFlow("http://localhost:1"))
			for _, bad := range []string{
				plantedBearer, plantedToken, "verify=False", "--insecure", "ssl=False", "rejectUnauthorized",
			} {
				if strings.Contains(p.Code, bad) {
					t.Errorf("the code contains %s", bad)
				}
			}
			if len(p.Variables) < 2 || !strings.Contains(p.Code, p.Variables[0].Name) {
				t.Errorf("variables are %v", p.Variables)
			}
			if strings.ContainsFunc(p.Code, view.IsHidden) {
				t.Error("the code contains invisible characters")
			}
		})
	}
}

// redirectsOff is what keeps a library from following redirects. The others of the table of
// interpreters, such as curl, follow none.
var redirectsOff = map[string]string{
	"curl_cffi": "allow_redirects=False", "requests": "allow_redirects=False", "httpx": "follow_redirects=False",
	"aiohttp": "allow_redirects=False", "playwright": "max_redirects=0", "fetch": `redirect: "manual"`,
}

// interpreters lists, by framework, the command that runs a program. Its last word is the file
// name.
var interpreters = map[string][]string{
	"curl": {"sh", "p.sh"}, "fetch": {"node", "p.mjs"}, "requests": {"python3", "p.py"},
	"httpx": {"python3", "p.py"}, "aiohttp": {"python3", "p.py"}, "curl_cffi": {"python3", "p.py"},
	"playwright": {"python3", "p.py"},
}

// interpreter returns the command that runs a program. It skips the test if this machine lacks the
// interpreter or the library.
func interpreter(t *testing.T, framework string) []string {
	t.Helper()
	run := slices.Clone(interpreters[framework])
	if run[0] == "python3" {
		if run[0] = pythons()[framework]; run[0] == "" {
			t.Skipf("no python3 on this machine has the library %s", framework)
		}
	}
	if _, err := exec.LookPath(run[0]); err != nil {
		t.Skipf("this machine has no %s", run[0])
	}
	return run
}

// pythons maps libraries to the first Python in PATH that has them. A Linux distribution installs
// libraries for its own Python only.
var pythons = sync.OnceValue(func() map[string]string {
	const probe = `import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
        print(name)
    except Exception:
        pass`
	found, asked := map[string]string{}, map[string]bool{}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		python := filepath.Join(dir, "python3")
		file, err := filepath.EvalSymlinks(python)
		if err != nil || asked[file] {
			continue
		}
		asked[file] = true
		// The package playwright alone imports none of its dependencies.
		out, _ := exec.Command(python, "-c", probe, "requests", "httpx", "aiohttp", "curl_cffi", "playwright.sync_api").Output()
		for _, name := range strings.Fields(string(out)) {
			library, _, _ := strings.Cut(name, ".")
			if found[library] == "" {
				found[library] = python
			}
		}
	}
	return found
})

// unescaped undoes escapes that libraries add to a URL without changing its meaning.
var unescaped = strings.NewReplacer("%7B", "{", "%7D", "}", "%0A", "%0a")

// A generated program sends the captured requests, with the secrets from the environment, and
// characters that are special in the languages or their libraries arrive as captured. An API cannot
// lead it to another server.
func TestCodeSendsTheRequests(t *testing.T) {
	type request struct{ line, body, x, auth string }
	got := make(chan request, 20)
	var elsewhere atomic.Int64
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer thief.Close()
	stub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		x := "-"
		if values := r.Header.Values("X-Odd"); len(values) > 0 {
			x = strings.Join(values, ", ")
		}
		auth := r.Header.Get("Authorization")
		got <- request{r.Method + " " + r.RequestURI, string(body), x, auth}
		if auth != "" {
			http.Redirect(w, r, thief.URL, http.StatusTemporaryRedirect)
		}
	}))
	defer stub.Close()
	hostile := hostileFlow(stub.URL)
	// Clients escape some characters themselves; here they are escaped already.
	hostile.Request.Path, hostile.Request.RawQuery = "/it's/x/%E4%B8%96", "r=%22x%22&s=%0a&flag&e=&token="+plantedToken
	want := []request{
		{"POST /it's/x/%E4%B8%96?" + hostile.Request.RawQuery, hostileText, hostile.Request.Header.Get("X-Odd"), "Bearer " + plantedBearer},
		{"HEAD /head?x=%5B1-3%5D", "", "-", ""}, {"GET /q?x={a,b}&y=z*", "", "-", ""}, {"OPTIONS /opt", "", "", ""}, {"PATCH /at", "@/etc/passwd", "@/etc/passwd", ""},
		{"POST /dash", "-x", "-H", ""}, {"DELETE /a%2Fb;m=1", "", "1, 2", ""}, {"PUT /json", `{"t":"\u0000 \\u00e9"}`, "it's \"q\"", ""},
		{"POST /text", "a\r\n\u200b\u00a0b\n", "-", ""},
	}
	flows := []flow.Flow{hostile}
	for _, w := range want[1:] {
		method, target, _ := strings.Cut(w.line, " ")
		path, query, _ := strings.Cut(target, "?")
		f := newFlow(method, hostile.Request.Authority, path, query)
		if w.body != "" {
			f.Request.Header = flow.Header{{Name: "Content-Type", Value: "text/plain"}}
			f.Request.Body = flow.Body{Data: []byte(w.body), Size: int64(len(w.body))}
		}
		if w.x != "-" {
			for v := range strings.SplitSeq(w.x, ", ") {
				f.Request.Header = append(f.Request.Header, flow.Field{Name: "X-Odd", Value: v})
			}
		}
		flows = append(flows, f)
	}
	for framework := range interpreters {
		t.Run(framework, func(t *testing.T) {
			run := interpreter(t, framework)
			p := generate(framework, flows...)
			secrets := map[string]string{}
			for _, v := range p.Variables {
				secrets[v.Name] = map[bool]string{true: plantedToken, false: plantedBearer}[strings.Contains(v.FirstUseIn, "URL")]
			}
			outputOf(t, run, p, secrets)
			for _, w := range want {
				select {
				case r := <-got:
					if r.line = unescaped.Replace(r.line); r != w {
						t.Errorf("got  %+v\nwant %+v", r, w)
					}
				default:
					t.Errorf("the program sent no %s", w.line)
				}
			}
			if elsewhere.Load() > 0 || !strings.Contains(p.Code, redirectsOff[framework]) || strings.Contains(p.Code, "--location") {
				t.Error("the program follows redirects")
			}
			if t.Failed() {
				t.Log(p.Code)
			}
		})
	}
}

// TestCurlCommand runs the command in a shell with a curl that prints its arguments.
func TestCurlCommand(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a POSIX shell")
	}
	f := redact.New([]byte("key"), redact.Config{}).Flow(hostileFlow("http://127.0.0.1:1"))
	p := CurlCommand(&f)
	if len(p.Variables) != 2 || strings.Contains(p.Code, "[redacted:") {
		t.Fatalf("variables %v of %s", p.Variables, p.Code)
	}
	run := func(env ...string) (string, error) {
		cmd := exec.Command("sh", "-c", `curl() { printf '%s\0' "$@"; }; `+p.Code)
		cmd.Env = append(os.Environ(), env...)
		out, err := cmd.Output()
		return string(out), err
	}
	if out, err := run(); err == nil || out != "" {
		t.Errorf("without the secrets it runs: %q", out)
	}
	values := map[string]string{}
	var env []string
	for i, v := range p.Variables {
		values[v.Name] = fmt.Sprintf("it's $secret %d", i)
		env = append(env, v.Name+"="+values[v.Name])
	}
	out := must.Get(run(env...))
	args := strings.Split(out, "\x00")
	if !slices.ContainsFunc(args, func(a string) bool {
		return a == "Authorization: Bearer it's $secret 0" || a == "Authorization: Bearer it's $secret 1"
	}) || !slices.Contains(args, hostileText) {
		t.Errorf("arguments %q", args)
	}
}

// TestCodeHidesNothing has text that acts on a terminal, or that hides, wherever a flow has text.
// No program contains it, in code, strings or comments.
func TestCodeHidesNothing(t *testing.T) {
	const odd = "a\x1b[2J\x1b]8;;http://x\x07\u009b\u202e\u2066\u200b\u2028\u2029\r\b\U000e0041\ufeff\xff/*/"
	f := flow.Flow{Seq: 1, Request: flow.Request{
		Method: "M" + odd, Scheme: "http" + odd, Authority: "a.example" + odd, Path: "/" + odd, RawQuery: odd + "=" + odd,
		Header: flow.Header{{Name: "X-" + odd, Value: odd}, {Name: "Content-Type", Value: "text/plain; x=" + odd}, {Name: "Authorization", Value: "Bearer " + plantedBearer + odd}},
		Body:   flow.Body{Data: []byte(odd), Size: int64(len(odd))},
	}}
	binary := f
	binary.Request.Header, binary.Request.Body = nil, flow.Body{Data: []byte{0, 1, 2, 0xff}, Size: 4}
	redacted := redact.New([]byte("key"), redact.Config{}).Flow(f)
	for _, framework := range Frameworks() {
		seq := Sequence{Flows: []flow.Flow{redacted, binary}}
		requests, vars := link(seq)
		code := writers[framework].write(requests, vars)
		if i := strings.IndexFunc(code, view.IsHidden); i >= 0 || !utf8.ValidString(code) {
			t.Errorf("%s: %q", framework, code[max(0, i-40):])
		}
		if Generate(framework, seq).Code != code {
			t.Errorf("%s: the code was changed after it was written", framework)
		}
	}
	if code := Curl(&redacted, false) + Curl(&redacted, true); strings.ContainsFunc(code, view.IsHidden) {
		t.Errorf("curl: %q", code)
	}
}
