package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/capture"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/mitmdump"
)

// through sends a GET with a secret through the proxy at addr, and returns the status.
func through(t *testing.T, addr any, target string) int {
	t.Helper()
	tr := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: fmt.Sprint(addr)})}
	defer tr.CloseIdleConnections()
	r := must(http.NewRequest("GET", target, nil))
	r.Header.Set("Authorization", "Bearer planted-secret-4711")
	resp := must(tr.RoundTrip(r))
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// plainServer is an upstream without TLS.
func plainServer(t *testing.T) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"password":"planted-secret-4711"}`)
	}))
	t.Cleanup(s.Close)
	return s
}

// dumped reads a flow file.
func dumped(t *testing.T, path string) (paths string, flows []flow.Flow) {
	t.Helper()
	data := readFile(t, path)
	if bytes.Contains(data, []byte("planted-secret")) || bytes.Contains(data, []byte(base64.StdEncoding.EncodeToString([]byte("planted")))) {
		t.Error("the dump has a secret")
	}
	for f, err := range mitmdump.Read(bytes.NewReader(data), mitmdump.Config{}).Flows() {
		noError(t, err)
		paths += f.Request.Path
		flows = append(flows, f)
	}
	return paths, flows
}

// message returns the message of a tool's error.
func message(t *testing.T, result map[string]any) string {
	t.Helper()
	e, ok := result["error"].(map[string]any)
	if !ok {
		t.Fatalf("no error: %v", result)
	}
	return fmt.Sprint(e["message"])
}

// TestStartProxyDump checks the file that an agent asks for: in the folder of the person, new or
// with flows, without secrets, and also written across a change of the scope.
func TestStartProxyDump(t *testing.T) {
	t.Setenv(cli.ConfigEnv, "")
	up := plainServer(t)
	dir := t.TempDir()
	files := filepath.Join(dir, "files")
	outside := filepath.Join(dir, "outside")
	for _, d := range []string{files, outside} {
		noError(t, os.Mkdir(d, 0o700))
	}
	agent := runAgent(t, "--db", dir+"/s.db", "--ca-dir", dir+"/ca", "--allow", "capture", "--files", files, "--skip", "path:/skipped")
	st := agent.call("start_proxy", map[string]any{"port": 0, "dump_file": "a.mitm"})
	if st["running"] != true || st["dump_file"] != "a.mitm" {
		t.Fatalf("%v", st)
	}
	through(t, st["address"], up.URL+"/one")
	through(t, st["address"], up.URL+"/skipped")
	if got := agent.call("set_scope", map[string]any{"allowed_domains": []string{"127.0.0.1"}}); got["address"] != st["address"] || got["dump_file"] != "a.mitm" {
		t.Errorf("after set_scope: %v", got)
	}
	through(t, st["address"], up.URL+"/two")
	if got := agent.call("start_proxy", map[string]any{"port": 0}); got["address"] != st["address"] {
		t.Errorf("started again: %v", got)
	}
	if got := message(t, agent.call("start_proxy", map[string]any{"port": 0, "dump_file": "b.mitm"})); !strings.Contains(got, "already running") {
		t.Errorf("another dump: %s", got)
	}
	totals := agent.call("stop_proxy", map[string]any{})["totals"].(map[string]any)
	if totals["recorded"] != 2.0 || totals["dumped"] != 2.0 || totals["skipped"] != 1.0 || totals["lost"] != 0.0 || totals["dump_error"] != nil {
		t.Errorf("totals %v", totals)
	}
	path := filepath.Join(files, "a.mitm")
	paths, flows := dumped(t, path)
	if paths != "/one/two" || flows[0].Response.Status != 200 || !strings.HasPrefix(flows[0].Request.Header.Get("Authorization"), "Bearer ") {
		t.Errorf("dumped %s, %+v", paths, flows)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}

	// Adding to it, with an absolute path.
	st = agent.call("start_proxy", map[string]any{"port": 0, "dump_file": "+" + path})
	through(t, st["address"], up.URL+"/three")
	agent.call("stop_proxy", map[string]any{})
	if paths, _ := dumped(t, path); paths != "/one/two/three" {
		t.Errorf("dumped %s", paths)
	}
	agent.end()
	testRefusedDumps(t, dir, files, outside)
}

// testRefusedDumps asks for files that must not be written.
func testRefusedDumps(t *testing.T, dir, files, outside string) {
	for name, text := range map[string]string{"a.har": `{"log":{}}`, "cut.mitm": "900:7:version;2:21#"} {
		noError(t, os.WriteFile(filepath.Join(files, name), []byte(text), 0o600))
	}
	noError(t, os.Symlink(outside, filepath.Join(files, "link")))
	noError(t, os.Symlink(filepath.Join(outside, "new"), filepath.Join(files, "leads-out")))
	agent := runAgent(t, "--db", dir+"/s.db", "--ca-dir", dir+"/ca", "--allow", "capture", "--files", files)
	for name, want := range map[string]string{
		"a.mitm": "the file exists", "a.har": "the file exists", "+a.har": "whole mitmproxy flow file", "+cut.mitm": "whole mitmproxy flow file",
		"../outside/x": "escapes", "link/x": "escapes", "leads-out": "escapes", filepath.Join(outside, "x"): "escapes",
		"+../outside/x": "escapes", "+link/x": "escapes", "+" + filepath.Join(outside, "x"): "escapes", "+leads-out": "escapes",
		".": "not a regular file", "+.": "not a regular file", "none/x.mitm": "no such file", "a\x00b": "invalid argument", "/dev/null": "escapes", "/proc/self/fd/1": "escapes",
	} {
		if got := message(t, agent.call("start_proxy", map[string]any{"port": 0, "dump_file": name})); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("written outside of the folder: %v, %v", entries, err)
	}
	// A proxy that does not start leaves no file.
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	defer l.Close()
	busy := map[string]any{"port": l.Addr().(*net.TCPAddr).Port, "dump_file": "new.mitm"}
	if got := message(t, agent.call("start_proxy", busy)); !strings.Contains(got, "the port is in use") {
		t.Errorf("%s", got)
	}
	if _, err := os.Stat(filepath.Join(files, "new.mitm")); err == nil {
		t.Error("the file of a proxy that did not start is there")
	}
	agent.end()
	agent = runAgent(t, "--db", dir+"/s.db", "--ca-dir", dir+"/ca", "--allow", "capture")
	if got := message(t, agent.call("start_proxy", map[string]any{"port": 0, "dump_file": "x.mitm"})); !strings.Contains(got, "--files FOLDER") {
		t.Errorf("without --files: %s", got)
	}
}

// TestStartProxyUpstream checks that a proxy which a person named is used with the person's
// credentials, which nobody sees, and another one after a confirmation.
func TestStartProxyUpstream(t *testing.T) {
	t.Setenv(cli.ConfigEnv, "")
	seen := make(chan string, 10)
	corporate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Get("Proxy-Authorization") + " " + r.URL.String()
	}))
	defer corporate.Close()
	at := strings.TrimPrefix(corporate.URL, "http://")
	dir := t.TempDir()
	agent := runAgent(t, "--db", dir+"/s.db", "--ca-dir", dir+"/ca", "--allow", "capture", "--upstream-proxy", "http://me:p4ssw0rd-of-me@"+at)
	basic := func(user string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(user)) }
	for _, x := range []struct{ arg, want string }{
		{"", basic("me:p4ssw0rd-of-me")},
		{corporate.URL, basic("me:p4ssw0rd-of-me")},
		{"http://you:other-w0rd@" + at, basic("you:other-w0rd")},
	} {
		args := map[string]any{"port": 0}
		if x.arg != "" {
			args["upstream_proxy"] = x.arg
		}
		st := agent.call("start_proxy", args)
		if strings.Contains(x.arg, "you:") {
			if got := message(t, st); !strings.Contains(got, "passes all requests on to the proxy at "+corporate.URL+".") {
				t.Errorf("the question: %s", got)
			}
			args["__confirmed"] = true
			st = agent.call("start_proxy", args)
		}
		if text := fmt.Sprint(st); st["running"] != true || st["upstream_proxy"] != corporate.URL || strings.Contains(text, "w0rd") {
			t.Fatalf("%s: %s", x.arg, text)
		}
		through(t, st["address"], "http://api.test/x")
		if got := <-seen; got != x.want+" http://api.test/x" {
			t.Errorf("%s: the proxy saw %s", x.arg, got)
		}
		if got := message(t, agent.call("start_proxy", map[string]any{"port": 0, "upstream_proxy": "http://127.0.0.9:1"})); strings.Contains(got, "w0rd") || !strings.Contains(got, "already running") {
			t.Errorf("%s", got)
		}
		agent.call("stop_proxy", map[string]any{})
	}
	agent.end()
	if strings.Contains(agent.stderr.String(), "w0rd") {
		t.Errorf("stderr has a password: %s", agent.stderr)
	}
}

// TestMCPProxyRefuses checks flags and variables of the proxy of mcp.
func TestMCPProxyRefuses(t *testing.T) {
	t.Setenv(cli.ConfigEnv, "")
	for _, x := range []struct {
		host, auth string
		args       []string
		want       string
	}{
		{"0.0.0.0", "", []string{"--auto-start"}, `SPECTAP_HOST "0.0.0.0:8080": must be a loopback address without --allow-remote-proxy`},
		{"0.0.0.0", "", []string{"--allow", "capture"}, "must be a loopback address without --allow-remote-proxy"},
		{"", "", []string{"--auto-start", "--listen", "0.0.0.0:0"}, `--listen "0.0.0.0:0": must be a loopback address`},
		{"", "", []string{"--auto-start", "--listen", "0.0.0.0:0", "--allow-remote"}, "--allow-remote needs --http"},
		{"", "", []string{"--auto-start", "--allow-remote-proxy"}, "--allow-remote-proxy: SPECTAP_PROXY_AUTH must contain USER:PASSWORD"},
		{"", "", []string{"--listen", "127.0.0.1:0"}, "--listen needs --allow capture or --auto-start"},
		{"", "", []string{"--skip", "ext:png"}, "--skip needs --allow capture or --auto-start"},
		{"", "", []string{"--allow", "clear", "--allow-remote-proxy"}, "--allow-remote-proxy needs --allow capture"},
		{"", "", []string{"--auto-start", "--skip", "size:1"}, "--skip: size: is known too late"},
		{"", "", []string{"--auto-start", "--upstream-proxy", "ftp://me:hunter2@x"}, "must be an http, https or socks5 URL"},
	} {
		t.Setenv(capture.HostEnv, x.host)
		t.Setenv(capture.ProxyAuthEnv, x.auth)
		dir := t.TempDir()
		var stderr bytes.Buffer
		args := append([]string{"mcp", "--db", dir + "/s.db", "--ca-dir", dir + "/ca"}, x.args...)
		if s := run(context.Background(), args, strings.NewReader(""), io.Discard, &stderr); s != cli.ExitMisuse || !strings.Contains(stderr.String(), x.want) || strings.Contains(stderr.String(), "hunter2") {
			t.Errorf("%v: exit %d, %s, want %s", x.args, s, &stderr, x.want)
		}
	}
}

// TestMCPRemoteProxy checks that an agent may open the proxy to other machines if a person allowed
// it, and that they need the credentials.
func TestMCPRemoteProxy(t *testing.T) {
	t.Setenv(cli.ConfigEnv, "")
	own := ownAddress(t)
	t.Setenv(capture.ProxyAuthEnv, "me:s3cret-word")
	dir := t.TempDir()
	agent := runAgent(t, "--db", dir+"/s.db", "--ca-dir", dir+"/ca", "--allow", "capture", "--allow-remote-proxy")
	st := agent.call("start_proxy", map[string]any{"port": 0, "host": "0.0.0.0"})
	_, port, err := net.SplitHostPort(fmt.Sprint(st["address"]))
	if err != nil || strings.Contains(fmt.Sprint(st), "s3cret") {
		t.Fatalf("%v, %v", st, err)
	}
	if got := through(t, net.JoinHostPort(own, port), "http://api.test/"); got != http.StatusProxyAuthRequired {
		t.Errorf("without credentials: status %d", got)
	}
}
