package mcptools

import (
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// hostileText tries to break out of strings and comments of every language.
const hostileText = "a'b\"c`d$(id)${HOME}\\ #{x} */ // é世🙂 \u202e\u2028\u3164 %s {} \n\"\"\"\n'''\nEOF\t$SECRET_1"

func hostileFlow(base string) flow.Flow {
	authority := strings.TrimPrefix(base, "http://")
	f := answered(newFlow("POST", "http", authority, "/it's/$(id)/%E4%B8%96", "q=`id`&r=\"x\"&s=%0a&token=sk_live_abcdefghijklmnop0123"), 200, "text/plain", "ok")
	f.Request.Header = flow.Header{
		{Name: "Content-Type", Value: "text/plain; charset=utf-8"}, {Name: "X-Odd", Value: "it's \"$HOME\" `id` \\ #{}"},
		{Name: "Authorization", Value: "Bearer abcdefghijklmnop1234567890"}, {Name: "Accept", Value: "text/plain"},
	}
	f.Request.Body = flow.Body{Data: []byte(hostileText), Size: int64(len(hostileText))}
	return f
}

func generate(t *testing.T, s *session, framework string) (string, []object) {
	t.Helper()
	got := s.fine("generate_scraper_code", object{"flow_ids": "1", "target_framework": framework})
	return got["code"].(string), list(t, got, "variables")
}

func TestCodeHasNoSecretsAndVerifies(t *testing.T) {
	s := connect(t, newStore(t, hostileFlow("http://localhost:1")))
	for _, framework := range frameworks {
		code, vars := generate(t, s, framework)
		for _, bad := range []string{"abcdefghijklmnop1234567890", "sk_live_abcdefghijklmnop0123", "verify=False", "--insecure", "InsecureSkipVerify", "ssl=False", "rejectUnauthorized"} {
			if strings.Contains(code, bad) {
				t.Errorf("%s: the code has %s", framework, bad)
			}
		}
		if len(vars) < 2 || !strings.Contains(code, vars[0]["name"].(string)) {
			t.Errorf("%s: variables are %v", framework, vars)
		}
		if strings.ContainsFunc(code, hidden) {
			t.Errorf("%s: the code has hidden characters", framework)
		}
	}
	s.refused(CodeBadArgument, "generate_scraper_code", object{"flow_ids": "1", "target_framework": "perl"})
	s.refused(CodeFlowNotFound, "generate_scraper_code", object{"flow_ids": "77"})
}

func TestCodeIsWellFormed(t *testing.T) {
	s := connect(t, newStore(t, hostileFlow("http://localhost:1")))
	code, _ := generate(t, s, "go")
	if _, err := parser.ParseFile(token.NewFileSet(), "main.go", code, parser.AllErrors); err != nil {
		t.Errorf("go: %v\n%s", err, code)
	}
	for framework, check := range map[string][]string{
		"curl_cffi": {"python3", "-m", "py_compile"}, "requests": {"python3", "-m", "py_compile"}, "httpx": {"python3", "-m", "py_compile"},
		"aiohttp": {"python3", "-m", "py_compile"}, "playwright": {"python3", "-m", "py_compile"},
		"curl": {"sh", "-n"}, "fetch": {"node", "--check"},
	} {
		t.Run(framework, func(t *testing.T) {
			if _, err := exec.LookPath(check[0]); err != nil {
				t.Skipf("%s is not on this machine", check[0])
			}
			code, _ := generate(t, s, framework)
			file := filepath.Join(t.TempDir(), "program.mjs")
			if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(check[0], append(check[1:], file)...).CombinedOutput(); err != nil {
				t.Errorf("%v: %s\n%s", err, out, code)
			}
		})
	}
}

// Programs that can run here send what was captured, with the secrets put back from the environment.
func TestCodeSendsTheRequestAgain(t *testing.T) {
	type request struct{ line, body, odd, auth string }
	got := make(chan request, 1)
	stub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- request{r.Method + " " + r.RequestURI, string(body), r.Header.Get("X-Odd"), r.Header.Get("Authorization")}
	}))
	defer stub.Close()
	f := hostileFlow(stub.URL)
	// What clients escape by themselves is escaped already.
	f.Request.Path, f.Request.RawQuery = "/it's/x/%E4%B8%96", "r=%22x%22&s=%0a&token=sk_live_abcdefghijklmnop0123"
	s := connect(t, newStore(t, f))
	for framework := range interpreters {
		t.Run(framework, func(t *testing.T) {
			run := interpreter(t, framework)
			code, vars := generate(t, s, framework)
			runProgram(t, framework, run, code, vars, func(v object) string {
				if strings.Contains(v["first_use_in"].(string), "URL") {
					return "sk_live_abcdefghijklmnop0123"
				}
				return "abcdefghijklmnop1234567890"
			})
			want := request{"POST /it's/x/%E4%B8%96?r=%22x%22&s=%0a&token=sk_live_abcdefghijklmnop0123", hostileText, f.Request.Header.Get("X-Odd"), "Bearer abcdefghijklmnop1234567890"}
			select {
			case r := <-got:
				if r.line = asWritten(r.line); r != want {
					t.Errorf("got  %+v\nwant %+v\n%s", r, want, code)
				}
			default:
				t.Errorf("nothing was sent\n%s", code)
			}
		})
	}
}

// interpreters run programs by the framework that they are written with.
var interpreters = map[string][]string{
	"curl": {"sh", "p.sh"}, "fetch": {"node", "p.mjs"}, "go": {"go", "run", "main.go"}, "requests": {"python3", "p.py"},
	"httpx": {"python3", "p.py"}, "aiohttp": {"python3", "p.py"}, "curl_cffi": {"python3", "p.py"},
}

// interpreter is the command that runs a program; the test is skipped on machines that lack what it needs.
func interpreter(t *testing.T, framework string) []string {
	t.Helper()
	run := slices.Clone(interpreters[framework])
	switch run[0] {
	case "python3":
		run[0] = pythonWith(t, framework)
	case "go":
		if testing.Short() {
			t.Skip("compiles a program")
		}
	}
	if _, err := exec.LookPath(run[0]); err != nil {
		t.Skipf("%s is not on this machine", run[0])
	}
	return run
}

// pythonWith is the first Python of the path that has a library: a distribution's packages are those of its own.
func pythonWith(t *testing.T, library string) string {
	t.Helper()
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		python := filepath.Join(dir, "python3")
		if exec.Command(python, "-c", "import "+library).Run() == nil {
			return python
		}
	}
	t.Skipf("no python3 on this machine has the library %s", library)
	return ""
}

func runProgram(t *testing.T, framework string, run []string, code string, vars []object, value func(object) string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, run[len(run)-1]), []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), run[0], run[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "no_proxy=*")
	for _, v := range vars {
		cmd.Env = append(cmd.Env, v["name"].(string)+"="+value(v))
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s\n%s", framework, err, out, code)
	}
}

// asWritten undoes what libraries do to an address that means the same.
func asWritten(line string) string {
	return strings.NewReplacer("%7B", "{", "%7D", "}", "%0A", "%0a").Replace(line)
}

// What the languages and their libraries would read otherwise arrives as it was captured.
func TestCodeSendsOddRequests(t *testing.T) {
	type request struct{ line, body, x string }
	got := make(chan request, 20)
	stub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		x := "-"
		if values := r.Header.Values("X-Odd"); len(values) > 0 {
			x = strings.Join(values, ", ")
		}
		got <- request{r.Method + " " + r.RequestURI, string(body), x}
	}))
	defer stub.Close()
	authority := strings.TrimPrefix(stub.URL, "http://")
	want := []request{
		{"HEAD /head?x=%5B1-3%5D", "", "-"}, {"GET /q?x={a,b}&y=z*", "", "-"}, {"OPTIONS /opt", "", ""}, {"PATCH /at", "@/etc/passwd", "@/etc/passwd"},
		{"POST /dash", "-x", "-H"}, {"DELETE /a%2Fb;m=1", "", "1, 2"}, {"PUT /json", `{"t":"\u0000 \\u00e9"}`, "it's \"q\""}, {"POST /text", "a\r\n\u200b\u00a0b\n", "-"},
	}
	var fs []flow.Flow
	var ids []any
	for i, w := range want {
		method, target, _ := strings.Cut(w.line, " ")
		path, query, _ := strings.Cut(target, "?")
		f := answered(newFlow(method, "http", authority, path, query), 200, "text/plain", "ok")
		if w.body != "" {
			f.Request.Header = flow.Header{{Name: "Content-Type", Value: "text/plain"}}
			f.Request.Body = plainBody(w.body)
		}
		if w.x != "-" {
			for v := range strings.SplitSeq(w.x, ", ") {
				f.Request.Header = append(f.Request.Header, flow.Field{Name: "X-Odd", Value: v})
			}
		}
		fs, ids = append(fs, f), append(ids, i+1)
	}
	s := connect(t, newStore(t, fs...))
	for framework := range interpreters {
		t.Run(framework, func(t *testing.T) {
			run := interpreter(t, framework)
			r := s.fine("generate_scraper_code", object{"flow_ids": ids, "target_framework": framework})
			code := r["code"].(string)
			runProgram(t, framework, run, code, nil, nil)
			for _, w := range want {
				r := <-got
				if r.line = asWritten(r.line); r != w {
					t.Errorf("got  %+v\nwant %+v", r, w)
				}
			}
			if t.Failed() {
				t.Log(code)
			}
		})
	}
}
