package childenv_test

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/certs"
	"github.com/spectap/spectap/desktop/childenv"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
)

// getVar names the environment variable that turns the test binary into a client: it requests the
// URLs in it, which spaces separate, with the defaults of net/http.
const getVar = "CHILDENV_TEST_GET"

// TestMain requests URLs if the environment names some, and runs the tests otherwise.
func TestMain(m *testing.M) {
	urls := strings.Fields(os.Getenv(getVar))
	if len(urls) == 0 {
		os.Exit(m.Run())
	}
	for _, url := range urls {
		resp, err := http.Get(url)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		io.Copy(os.Stdout, resp.Body)
		resp.Body.Close()
	}
}

const nodeFetch = `(async () => {
  for (const u of process.argv.slice(1)) process.stdout.write(await (await fetch(u)).text())
})()`

// nodeEach calls get for one URL after the other, and writes the responses.
const nodeEach = `const each = get => process.argv.slice(1).reduce((before, u) => before.then(() => new Promise(done =>
  get(new URL(u), r => r.on('end', done).on('data', d => process.stdout.write(d)))
    .on('error', e => { console.error(e); process.exit(1) }))), Promise.resolve());
`

const nodeHTTP = nodeEach + `each((u, f) => require(u.protocol.slice(0, -1)).get(u, f))`

// nodeProxyAware connects to the proxy itself and sends the absolute URL, as some libraries do.
const nodeProxyAware = nodeEach + `const p = new URL(process.env.HTTP_PROXY);
each((u, f) => require('http').get({ host: p.hostname, port: p.port, path: u.href, headers: { host: u.host } }, f))`

const pythonGet = `import sys, urllib.request
for u in sys.argv[1:]: sys.stdout.write(urllib.request.urlopen(u).read().decode())`

const javaGet = `import java.net.*;
import java.net.http.*;
public class Get {
	public static void main(String[] urls) throws Exception {
		for (var u : urls) {
			System.out.print(HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(u)).build(), HttpResponse.BodyHandlers.ofString()).body());
			try (var in = new URL(u).openStream()) { in.transferTo(java.io.OutputStream.nullOutputStream()); }
		}
	}
}`

// TestRealClients checks that real clients use and trust the proxy with only their environment set.
// One process of each requests all URLs: starting some of them takes a second.
func TestRealClients(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		name, program string
		args          []string // before the URLs
		hosts         []string
	}{
		{"curl", "curl", []string{"-sS"}, []string{"localhost", "127.0.0.1", "api.localhost"}},
		{"wget", "wget", []string{"-qO-"}, []string{"localhost", "127.0.0.1", "api.localhost"}},
		{"node fetch", "node", []string{"-e", nodeFetch}, []string{"localhost", "127.0.0.1", "api.localhost"}},
		{"node http", "node", []string{"-e", nodeHTTP}, []string{"localhost", "127.0.0.1", "api.localhost"}},
		{"node proxy-aware", "node", []string{"-e", nodeProxyAware}, []string{"api.localhost"}},
		{"python", "python3", []string{"-c", pythonGet}, []string{"localhost", "127.0.0.1", "api.localhost"}},
		{"perl", "lwp-request", nil, []string{"localhost", "127.0.0.1"}},
		{"java", "java", []string{w.file("Get.java", javaGet)}, []string{"localhost"}},
		{"go", os.Args[0], nil, []string{"api.localhost"}}, // net/http uses no proxy for the other two
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "go" && runtime.GOOS != "linux" {
				t.Skip("Go programs trust only the certificates of the system here")
			}
			need(t, tt.program)
			var urls []string
			want := ""
			for _, scheme := range []string{"https", "http"} {
				for _, host := range tt.hosts {
					path := "/" + strings.ReplaceAll(tt.name, " ", "-") + "/" + scheme + "/" + host
					urls = append(urls, fmt.Sprintf("%s://%s:%s%s", scheme, host, w.ports[scheme], path))
					want += "response to " + path
				}
			}
			args := slices.Clone(tt.args)
			if tt.program != os.Args[0] {
				args = append(args, urls...)
			}
			if out, err := w.run(strings.Join(urls, " "), tt.program, args...); err != nil || out != want {
				t.Errorf("got %q, %v; want %q", out, err, want)
			}
			for _, url := range urls {
				if !w.seen(url) {
					t.Errorf("%s was not recorded", url)
				}
			}
		})
	}
}

// TestScripts checks that programs trust the proxy which read no variable, but are found in PATH.
func TestScripts(t *testing.T) {
	w := newWorld(t)
	for name, script := range map[string]string{
		"aria2c": `d=$(mktemp -d) && aria2c -q -d "$d" -o out "$1" && cat "$d/out" && rm -r "$d"`,
		"lftp":   `lftp -c "cat $1"`,
	} {
		t.Run(name, func(t *testing.T) {
			need(t, name)
			url := "https://localhost:" + w.ports["https"] + "/" + name
			if out, err := w.run(url, "sh", "-c", script, "sh", url); err != nil || out != "response to /"+name || !w.seen(url) {
				t.Errorf("got %q, %v, recorded: %v", out, err, w.seen(url))
			}
		})
	}
}

// TestGit checks that git requests the branches of a repository through the proxy.
func TestGit(t *testing.T) {
	w := newWorld(t)
	need(t, "git")
	url := "https://localhost:" + w.ports["https"] + "/some/repo"
	out, err := w.run("", "git", "-c", "credential.helper=", "ls-remote", url)
	if !w.seen(url + "/info/refs?service=git-upload-pack") {
		t.Errorf("git's request was not recorded: %q, %v", out, err)
	}
}

// need skips a test whose client is not installed. In CI the test fails instead.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is missing", program)
		}
		t.Skipf("%s is not installed", program)
	}
}

// world is an upstream server, a proxy that records, and the environment for its clients.
type world struct {
	t     *testing.T
	ports map[string]string // by scheme
	env   []string
	dir   string

	mu   sync.Mutex
	urls map[string]bool // of recorded exchanges
}

// Record implements [capture.Sink].
func (w *world) Record(_ context.Context, f flow.Flow) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f.Response != nil {
		w.urls[f.Request.URL()] = true
	}
	return nil
}

// seen reports whether an exchange with the URL was recorded.
func (w *world) seen(url string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.urls[url]
}

// newWorld starts the server and the proxy.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, ports: map[string]string{}, dir: t.TempDir(), urls: map[string]bool{}}
	theirs, ours := newCA(t), newCA(t)
	handler := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		io.WriteString(rw, "response to "+r.URL.Path)
	})
	secure := &tls.Config{NextProtos: []string{"h2", "http/1.1"}}
	secure.GetCertificate = func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
		return theirs.Certificate(cmp.Or(h.ServerName, "127.0.0.1"))
	}
	for scheme, wrap := range map[string]func(net.Listener) net.Listener{
		"http":  func(l net.Listener) net.Listener { return l },
		"https": func(l net.Listener) net.Listener { return tls.NewListener(l, secure) },
	} {
		l := must.Get(net.Listen("tcp", "127.0.0.1:0"))
		_, w.ports[scheme], _ = net.SplitHostPort(l.Addr().String())
		s := &http.Server{Handler: handler}
		go s.Serve(wrap(l))
		t.Cleanup(func() { s.Close() })
	}
	roots := x509.NewCertPool()
	roots.AddCert(theirs.Root())
	p, err := capture.New(capture.Config{Sink: w, Certificates: ours, Roots: roots})
	if err != nil {
		t.Fatal(err)
	}
	l := must.Get(net.Listen("tcp", "127.0.0.1:0"))
	go p.Serve(l)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := p.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	files := filepath.Join(t.TempDir(), "with space")
	must.Do(t, os.Mkdir(files, 0o700))
	w.env, err = childenv.Build(childenv.Config{
		Proxy: l.Addr().String(), CA: ours.CertPEM(), Dir: files,
		// A program of Java that runs for a second needs no optimizing compiler.
		Environ: append(os.Environ(), "JDK_JAVA_OPTIONS=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC", "NO_PROXY=localhost,127.0.0.1,.localhost,::1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// newCA creates a CA in a temporary folder.
func newCA(t *testing.T) *certs.Authority {
	t.Helper()
	ca, _, err := certs.LoadOrCreate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// file writes a file and returns its path.
func (w *world) file(name, text string) string {
	path := filepath.Join(w.dir, name)
	must.Do(w.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// run runs a client in the environment and returns its output. The test binary gets the URLs get.
func (w *world) run(get, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, program, args...)
	c.Env = append(w.env, "GIT_TERMINAL_PROMPT=0")
	if program == os.Args[0] {
		c.Env = append(c.Env, getVar+"="+get)
	}
	var stderr strings.Builder
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, stderr.String())
	}
	return string(out), err
}
