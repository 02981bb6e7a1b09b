package browser

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serverVar turns the test binary into a WebDriver server, which answers each request with its body.
const serverVar = "WEBDRIVER_TEST_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(serverVar) == "" {
		os.Exit(m.Run())
	}
	var port string
	for _, a := range os.Args {
		if p, ok := strings.CutPrefix(a, "--port="); ok {
			port = p
		}
	}
	if port == "" {
		fmt.Println("version of the server")
		os.Exit(3)
	}
	if os.Getenv("http_proxy")+os.Getenv("HTTPS_PROXY") != "" {
		fmt.Println("a proxy")
	}
	l, err := net.Listen("tcp4", "127.0.0.1:"+port)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("started on port " + port + ".")
	http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/shutdown" {
			os.Exit(7)
		}
		io.Copy(w, r.Body)
	}))
}

func serverConfig(t *testing.T, out io.Writer, args ...string) WebDriver {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return WebDriver{
		Driver: exe, Args: args, Flags: []string{"--flag"}, Ports: t.TempDir(), Stdout: out, Stderr: io.Discard,
		Environ: append(os.Environ(), serverVar+"=1", "http_proxy=http://x", "HTTPS_PROXY=http://x"),
	}
}

// TestRun starts a server behind the relay, asks for a session, and ends it.
func TestRun(t *testing.T) {
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cfg := serverConfig(t, &out, "--port="+port)
	ended := make(chan string, 1)
	go func() {
		status, err := RunWebDriver(context.Background(), cfg)
		ended <- fmt.Sprint(status, err)
	}()
	url := "http://127.0.0.1:" + port
	post := func(path string) (string, error) {
		resp, err := http.Post(url+path, "application/json", strings.NewReader(`{"capabilities":{}}`))
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return string(body), err
	}
	session, err := post("/session")
	for err != nil { // the relay does not listen yet
		select {
		case e := <-ended:
			t.Fatal(e, out.String())
		default:
		}
		session, err = post("/session")
	}
	if !strings.Contains(session, `"args":["--flag"]`) {
		t.Errorf("session: %s", session)
	}
	if other, err := post("/session/x/url"); err != nil || other != `{"capabilities":{}}` {
		t.Errorf("another request: %s %v", other, err)
	}
	if !IsWebDriverPort(cfg.Ports, port) {
		t.Error("the port is not noted")
	}
	post("/shutdown")
	if e := <-ended; e != "7 <nil>" {
		t.Errorf("ended: %s", e)
	}
	if got, want := out.String(), "started on port "+port+".\n"; got != want {
		t.Errorf("output %q, want %q", got, want)
	}
	file := filepath.Join(cfg.Ports, port)
	if text, err := os.ReadFile(file); err != nil || string(text) != "ended" {
		t.Errorf("the end is not noted: %q %v", text, err)
	}
	if err := os.Chtimes(file, time.Time{}, time.Now().Add(-2*lateness)); err != nil || IsWebDriverPort(cfg.Ports, port) {
		t.Errorf("the port is the server's for ever (%v)", err)
	}
}

// TestRunEnds checks that a server without a port is started as it is, and one ends with the
// context.
func TestRunEnds(t *testing.T) {
	var out bytes.Buffer
	if status, err := RunWebDriver(t.Context(), serverConfig(t, &out, "--version")); status != 3 || err != nil || out.String() != "version of the server\n" {
		t.Error(status, err, out.String())
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if status, err := RunWebDriver(ctx, serverConfig(t, io.Discard, "--port="+port)); status != exitSignal+15 || err != nil {
		t.Error(status, err)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, used, _ := net.SplitHostPort(l.Addr().String())
	if _, err := RunWebDriver(t.Context(), serverConfig(t, io.Discard, "--port="+used)); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Error(err)
	}
	if !slices.Contains(WebDriverNames(), "chromedriver") {
		t.Error(WebDriverNames())
	}
}

// TestRunPassesSignals sends a signal to the process that started a server: the server gets it, and
// says what the exit status is.
func TestRunPassesSignals(t *testing.T) {
	out, w := io.Pipe()
	cfg := WebDriver{Driver: "/bin/sh", Args: []string{"-c", "trap 'exit 9' HUP; echo ready; while :; do read x; done"}, Stdout: w, Stderr: os.Stderr}
	in, hold, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer hold.Close()
	cfg.Stdin = in
	type result struct {
		status int
		err    error
	}
	ended := make(chan result, 1)
	go func() { status, err := RunWebDriver(t.Context(), cfg); ended <- result{status, err} }()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if got := <-ended; got.status != 9 || got.err != nil {
		t.Errorf("status %d, %v, want 9", got.status, got.err)
	}
}
