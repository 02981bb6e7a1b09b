package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// javaDirect is a program for Java without a proxy or a trust store of its own.
const javaDirect = `import java.net.*;
public class Get {
	public static void main(String[] a) throws Exception {
		try (var in = new URL(a[0]).openStream()) { in.transferTo(System.out); }
	}
}`

// needNamespaces skips a test on a system that gives this user no namespaces.
func needNamespaces(t *testing.T) {
	t.Helper()
	c := exec.Command("unshare", "--net", "--mount", "true")
	if os.Geteuid() != 0 {
		c.Args = append(c.Args[:1], append([]string{"--map-root-user"}, c.Args[1:]...)...)
	}
	if out, err := c.CombinedOutput(); err != nil {
		t.Skipf("no namespaces here: %v: %s", err, out)
	}
}

// runTransparently runs a command as spectap run --transparent does, and returns its status and
// what was printed.
func runTransparently(t *testing.T, dir, upstreamCA string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	needNamespaces(t)
	c := exec.CommandContext(t.Context(), linkToSelf(t, dir), append([]string{"run", "--transparent", "--db", dir + "/flows.db",
		"--ca-dir", dir + "/ca", "--upstream-ca", upstreamCA, "-o", "", "--"}, args...)...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

// TestTransparentPrograms checks that programs are recorded which know neither the proxy nor its
// CA: they have no variables, or none about proxies.
func TestTransparentPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many programs")
	}
	up, upstreamCA := upstreamServer(t)
	dir := t.TempDir()
	java := filepath.Join(dir, "Get.java")
	noError(t, os.WriteFile(java, []byte(javaDirect), 0o600))
	noError(t, os.Symlink(linkToSelf(t, t.TempDir()), filepath.Join(dir, "getdirectly")))
	const bare = `env -i PATH="$PATH" HOME="$HOME" `
	unproxied := `env`
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NODE_USE_ENV_PROXY", "NODE_OPTIONS"} {
		unproxied += " -u " + name + " -u " + strings.ToLower(name)
	}
	var script strings.Builder
	want := map[string]string{}
	for _, x := range []struct{ name, program, command string }{
		{"go", dir + "/getdirectly", bare + dir + "/getdirectly URL"},
		{"curl", "curl", bare + `curl --noproxy '*' -sS URL`},
		{"wget", "wget", bare + "wget --no-proxy -qO- URL"},
		{"java", "java", bare + "java " + java + " URL"},
		{"node", "node", unproxied + ` node -e 'fetch(process.argv[1]).then(r => r.text()).then(t => process.stdout.write(t))' URL`},
		{"git", "git", bare + "git ls-remote URL"}, // fails, having asked
		{"apt", "/usr/lib/apt/apt-helper", bare + "/usr/lib/apt/apt-helper download-file URL " + dir + "/got >&2 && cat " + dir + "/got"},
		{"http2", "curl", bare + `curl --http2 --noproxy '*' -sS URL`},
	} {
		if _, err := exec.LookPath(x.program); err != nil {
			t.Logf("%s is not installed", x.program)
			continue
		}
		url := up.URL + "/transparent/" + x.name
		fmt.Fprintf(&script, "%s && echo; ", strings.Replace(x.command, "URL", url, 1))
		want[x.name] = strings.TrimPrefix(url, "https://")
	}
	_, stdout, stderr := runTransparently(t, dir, upstreamCA, "sh", "-c", script.String())
	var listed bytes.Buffer
	run(context.Background(), []string{"flows", "ls", "--db", dir + "/flows.db"}, nil, &listed, io.Discard)
	for name, url := range want {
		if answer := `{"path":"/transparent/` + name + `"}`; !strings.Contains(stdout, answer) && name != "git" {
			t.Errorf("%s: no answer\n%s\n%s", name, stdout, stderr)
		}
		if !strings.Contains(listed.String(), url) {
			t.Errorf("%s was not recorded:\n%s", name, listed.String())
		}
	}
}

// TestTransparentPinned checks that a client with a CA bundle of its own fails, and that the run
// says why.
func TestTransparentPinned(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip(err)
	}
	up, upstreamCA := upstreamServer(t)
	status, _, stderr := runTransparently(t, t.TempDir(), upstreamCA, "python3", "-c", `
import ssl, sys, urllib.request
urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))
urllib.request.urlopen(sys.argv[1], context=ssl.create_default_context(cafile=sys.argv[2]))`, up.URL+"/pinned", upstreamCA)
	if status != 1 || !strings.Contains(stderr, "CERTIFICATE_VERIFY_FAILED") ||
		!strings.Contains(stderr, "refused the proxy's certificate") || !strings.Contains(stderr, "python3") {
		t.Errorf("status %d\n%s", status, stderr)
	}
}

// ends prints what a client sees of servers that end in different ways.
const ends = `
import socket, struct, threading
def serve(f):
	l = socket.create_server(("127.0.0.1", 0))
	threading.Thread(target=lambda: f(l.accept()[0]), daemon=True).start()
	return l.getsockname()[1]
def reset(c):
	c.recv(9)
	c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
	c.close()
def half(c): c.sendall(b"got " + c.makefile("rb").read())
def silent(c): c.recv(999)
for name, port in ("refused", 1), ("reset", serve(reset)), ("half", serve(half)), ("http", serve(silent)):
	try:
		c = socket.create_connection(("127.0.0.1", port), timeout=60)
		c.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" if name == "http" else b"x")
		if name == "half": c.shutdown(socket.SHUT_WR)
		print(name, c.recv(9))
	except OSError as e: print(name, e)
`

// TestTransparentAsPlain checks that a command has the same status, folder and output with and
// without --transparent, also in another protocol, to a service of this machine that speaks first.
func TestTransparentAsPlain(t *testing.T) {
	needNamespaces(t)
	dir := t.TempDir()
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	defer l.Close()
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			io.WriteString(c, "220 ready\r\n")
			line, _ := bufio.NewReader(c).ReadString('\n')
			io.WriteString(c, "250 "+line)
			c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for name, args := range map[string][]string{
		"status":         {"sh", "-c", "pwd; id; echo $0 $OLD; exit 7", "arg"},
		"signal":         {"sh", "-c", "kill -9 $$"},
		"not found":      {"no-such-command"},
		"not executable": {"/etc/passwd"},
		"ends":           {"python3", "-c", ends},
		"service":        {"bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/" + port + "; head -n1 <&3; echo EHLO >&3; cat <&3"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(args[0]); err != nil && (args[0] == "bash" || args[0] == "python3") {
				t.Skip(err)
			}
			type result struct {
				status int
				stdout string
			}
			var results []result
			for _, more := range [][]string{nil, {"--transparent"}} {
				c := exec.CommandContext(t.Context(), linkToSelf(t, t.TempDir()),
					append(append([]string{"run", "--db", dir + "/flows.db", "--ca-dir", dir + "/ca", "-o", ""}, append(more, "--")...), args...)...)
				c.Dir = dir
				out, _ := c.Output()
				results = append(results, result{c.ProcessState.ExitCode(), string(out)})
			}
			if results[0] != results[1] || name == "service" && results[1].stdout != "220 ready\r\n250 EHLO\n" {
				t.Errorf("plain %+v, transparent %+v", results[0], results[1])
			}
		})
	}
}

// TestTransparentKill checks that no process is left when spectap is killed, even one that the
// command moved to its own session.
func TestTransparentKill(t *testing.T) {
	needNamespaces(t)
	dir := t.TempDir()
	c := exec.Command(linkToSelf(t, dir), "run", "--transparent", "--db", dir+"/flows.db", "--ca-dir", dir+"/ca", "-o", "", "--",
		"sh", "-c", `setsid sh -c 'echo $$; exec sleep 1000' & sh -c 'sleep 1000 & echo $!'; echo $PPID; echo $$; exec sleep 1000`)
	out := must(c.StdoutPipe())
	noError(t, c.Start())
	defer c.Process.Kill()
	var fds []unix.PollFd
	for lines := bufio.NewScanner(out); len(fds) < 4 && lines.Scan(); {
		pid := must(strconv.Atoi(lines.Text()))
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			t.Skip(err)
		}
		defer unix.Close(fd)
		fds = append(fds, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
	}
	if len(fds) < 4 {
		t.Fatalf("only %d processes started", len(fds))
	}
	c.Process.Kill()
	c.Wait()
	for _, fd := range fds {
		one := []unix.PollFd{fd}
		n, err := unix.Poll(one, int(time.Minute/time.Millisecond))
		for errors.Is(err, unix.EINTR) { // the runtime preempts by signals
			n, err = unix.Poll(one, int(time.Minute/time.Millisecond))
		}
		if n != 1 {
			t.Errorf("a process is left: %v", err)
		}
	}
}

// spies takes the place of the API inside, calls it, and looks for its credential elsewhere.
const spies = `
import glob, http.server, sys, threading, urllib.request
class H(http.server.BaseHTTPRequestHandler):
	def do_GET(self): print("the command got", dict(self.headers), flush=True)
host, port = sys.argv[1].split("//")[1].split(":")
threading.Thread(target=http.server.HTTPServer((host, int(port)), H).serve_forever, daemon=True).start()
print(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1] + "/pets").read().decode())
for name in glob.glob("/proc/[0-9]*/environ"):
	try:
		if b"=secret-of" in open(name, "rb").read(): print("the credential is in", name)
	except OSError: pass
`

// TestGuardedSpace checks that a guarded command cannot take the place of the API outside, nor read
// the environment of spectap.
func TestGuardedSpace(t *testing.T) {
	needNamespaces(t)
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip(err)
	}
	got := make(chan string, 9)
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got <- r.Header.Get("Authorization")
		io.WriteString(w, "outside")
	}))
	defer up.Close()
	dir := t.TempDir()
	noError(t, os.WriteFile(dir+"/api.yaml", []byte(`{openapi: 3.1.0, info: {title: t, version: "1"}, servers: [{url: "`+up.URL+`"}],
paths: {/pets: {get: {security: [{key: []}], responses: {"200": {description: d}}}}},
components: {securitySchemes: {key: {type: http, scheme: bearer}}}}`), 0o600))
	c := exec.CommandContext(t.Context(), linkToSelf(t, dir), "run", "--guard", dir+"/api.yaml", "--db", dir+"/f.db", "--ca-dir", dir+"/ca",
		"--", "python3", "-c", spies, up.URL)
	c.Env = append(os.Environ(), "SPECTAP_AUTH_KEY=secret-of-the-api")
	var errs bytes.Buffer
	c.Stderr = &errs
	if out, err := c.Output(); string(out) != "outside\n" || err != nil {
		t.Fatalf("%s%v\n%s", out, err, errs.String())
	}
	if auth := <-got; auth != "Bearer secret-of-the-api" {
		t.Errorf("the API got %q", auth)
	}
}
