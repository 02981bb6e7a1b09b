package browser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spectap/spectap/internal/pause"
)

// This file stands in front of a WebDriver server, such as chromedriver, that a recorded
// program starts. The server starts browsers by itself, past the scripts and hooks that add flags
// to those of other programs, so the flags are added to the requests for sessions. The requests of
// the program to the server are not of interest, and a file for each port says so.

// WebDriver describes a server and what to add. All fields are required but Flags.
type WebDriver struct {
	// Driver is the path of the server, and Args are its arguments.
	Driver string
	Args   []string
	// Flags are added to those of each browser.
	Flags []string
	// Ports is a folder, in which a file is made for each port of a server. See IsPort.
	Ports string
	// Environ is the environment of the server and its browsers, in the form of os.Environ.
	Environ []string
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
}

// exitSignal is added to the number of a signal that ended the server, as shells do.
const exitSignal = 128

// WebDriverNames are the commands in PATH of the servers that Run can stand in front of.
func WebDriverNames() []string { return []string{"chromedriver", "msedgedriver"} }

// lateness is how long after the end of a server its clients still ask for it.
const lateness = 5 * time.Second

// IsWebDriverPort reports whether a WebDriver server of this folder of ports listens on a port, or
// did so lately.
func IsWebDriverPort(ports, port string) bool {
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return false
	}
	info, err := os.Lstat(filepath.Join(ports, port))
	return err == nil && (info.Size() == 0 || time.Since(info.ModTime()) < lateness)
}

// RunWebDriver starts the server and returns its exit status. If the arguments name a port, Run
// listens on it and the server on another one, until the server has ended or ctx is done. Signals
// to end go to the server.
func RunWebDriver(ctx context.Context, cfg WebDriver) (int, error) {
	port := portOf(cfg.Args)
	if port == "" {
		return serve(ctx, cfg, cfg.Args, cfg.Stdout)
	}
	listeners, err := listen(port)
	if err != nil {
		return 0, fmt.Errorf("start %s: %w", filepath.Base(cfg.Driver), err)
	}
	inner, err := freePort()
	if err != nil {
		return 0, err
	}
	for _, n := range []string{port, inner} {
		file := filepath.Join(cfg.Ports, n)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			return 0, fmt.Errorf("note the port of %s: %w", filepath.Base(cfg.Driver), err)
		}
		defer os.WriteFile(file, []byte("ended"), 0o600)
	}
	server := &http.Server{Handler: relay(cfg, inner), ReadHeaderTimeout: time.Minute}
	for _, l := range listeners {
		go server.Serve(l)
	}
	defer server.Close()
	args := slices.Clone(cfg.Args)
	for i, a := range args {
		if strings.HasPrefix(a, "--port=") {
			args[i] = "--port=" + inner
		}
	}
	return serve(ctx, cfg, args, &renamed{cfg.Stdout, []byte("port " + inner), []byte("port " + port)})
}

// portOf returns the port in the arguments of a server. It is "" if there is none, and for a server
// that other machines may use, which the relay would not let them.
func portOf(args []string) (port string) {
	for _, a := range args {
		name, value, _ := strings.Cut(a, "=")
		switch name {
		case "--port":
			port = value
		case "--allowed-ips", "--version", "-v", "--help", "-h":
			return ""
		}
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return ""
	}
	return port
}

// listen listens on a port of the loopback addresses. Not every machine has IPv6.
func listen(port string) ([]net.Listener, error) {
	four, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return nil, err
	}
	six, err := net.Listen("tcp6", net.JoinHostPort("::1", port))
	if err != nil {
		return []net.Listener{four}, nil
	}
	return []net.Listener{four, six}, nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// relay sends requests to the server, once it listens, and adds the flags to those for sessions.
func relay(cfg WebDriver, port string) http.Handler {
	target := &url.URL{Scheme: "http", Host: "127.0.0.1:" + port}
	proxy := &httputil.ReverseProxy{
		Transport: &http.Transport{DialContext: dial},
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // which a server checks
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.TrimSuffix(r.URL.Path, "/") == "/session" {
			addFlags(r, filepath.Base(cfg.Driver), cfg.Flags)
		}
		proxy.ServeHTTP(w, r)
	})
}

// dialPatience is how long a server may take from its start until it listens.
const dialPatience = 30 * time.Second

// dial connects to the server, which may have just been started.
func dial(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialPatience)
	defer cancel()
	for {
		c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err == nil || !errors.Is(err, syscall.ECONNREFUSED) {
			return c, err
		}
		if pause.For(ctx, 20*time.Millisecond) != nil {
			return nil, err
		}
	}
}

// serve runs the server until it ends. Its browsers get no proxy from the environment: a browser
// sends what does not belong to a profile by that.
func serve(ctx context.Context, cfg WebDriver, args []string, stdout io.Writer) (int, error) {
	c := exec.Command(cfg.Driver, args...)
	c.Stdin, c.Stdout, c.Stderr = cfg.Stdin, stdout, cfg.Stderr
	c.Env = slices.DeleteFunc(slices.Clone(cfg.Environ), func(v string) bool {
		name, _, _ := strings.Cut(strings.ToLower(v), "=")
		return name == "http_proxy" || name == "https_proxy" || name == "all_proxy"
	})
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	if err := c.Start(); err != nil {
		return 0, fmt.Errorf("start %s: %w", filepath.Base(cfg.Driver), err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	done := ctx.Done()
	for {
		select {
		case s := <-signals:
			c.Process.Signal(s)
		case <-done:
			c.Process.Signal(syscall.SIGTERM)
			done = nil
		case err := <-ended:
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				return 0, fmt.Errorf("run %s: %w", filepath.Base(cfg.Driver), err)
			}
			if ws, ok := c.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
				return exitSignal + int(ws.Signal()), nil
			}
			return c.ProcessState.ExitCode(), nil
		}
	}
}

// renamed is a writer that replaces a text where it is written in one piece, as a line is.
type renamed struct {
	w        io.Writer
	from, to []byte
}

func (r *renamed) Write(p []byte) (int, error) {
	if _, err := r.w.Write(bytes.ReplaceAll(p, r.from, r.to)); err != nil {
		return 0, err
	}
	return len(p), nil
}
