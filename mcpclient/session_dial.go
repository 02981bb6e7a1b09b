package mcpclient

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/upstream"
)

// dial returns how the target is reached.
func (t Target) dial() (jsonrpc.Dial, error) {
	switch {
	case t.URL != "" && len(t.Command) > 0:
		return nil, errors.New("a URL and a command exclude each other")
	case t.URL != "":
		return t.dialURL()
	case len(t.Command) > 0:
		return upstream.Process(t.Command, nil, maxMessage, func(cmd *exec.Cmd) {
			cmd.Stderr = io.Discard
			if t.Stderr != nil {
				cmd.Stderr = &lineWriter{w: t.Stderr}
			}
			setProcessGroup(cmd)
		}), nil
	}
	return nil, errors.New("a URL or a command is required")
}

func (t Target) dialURL() (jsonrpc.Dial, error) {
	u, err := url.Parse(t.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("the URL must be http or https") // the parser's error would contain the URL
	}
	remote := upstream.Remote{URL: u, MaxMessage: maxMessage, Log: slog.New(slog.DiscardHandler)}
	if u.User != nil && t.Header.Get("Authorization") == "" {
		password, _ := u.User.Password()
		value := "Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password))
		remote.Header = append(remote.Header, egress.Credential{In: egress.InHeader, Name: "Authorization", Value: value})
	}
	u.User = nil
	for name, values := range t.Header {
		remote.Header = append(remote.Header, egress.Credential{In: egress.InHeader, Name: name, Value: strings.Join(values, ", ")})
	}
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u})
	if err != nil {
		return nil, errors.New("the proxy of the environment is not a URL")
	}
	remote.Client, err = egress.New(egress.Config{Named: []string{u.String()}, Proxy: proxy})
	return upstream.ByURL(remote), err
}

// maxStderrLine limits a line of a child's stderr, in bytes.
const maxStderrLine = 16 << 10

// lineWriter passes on whole lines, marked as the server's and safe for a terminal.
type lineWriter struct {
	w io.Writer

	mu   sync.Mutex // guards rest
	rest []byte
}

func (l *lineWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		line, rest, ok := bytes.Cut(l.rest, []byte("\n"))
		if !ok && len(l.rest) < maxStderrLine {
			return len(p), nil
		}
		if !ok {
			line, rest = l.rest[:maxStderrLine], l.rest[maxStderrLine:]
		}
		// An error of the writer is ignored: it must not end the child.
		fmt.Fprintf(l.w, "server: %s\n", visible.Line(strings.TrimRight(string(line), "\r")))
		l.rest = append([]byte(nil), rest...)
	}
}
