package mcpclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/client/transport"

	"github.com/spectap/spectap/internal/visible"
)

func (s *Session) transport(t Target) (transport.Interface, error) {
	switch {
	case t.URL != "" && len(t.Command) > 0:
		return nil, errors.New("a URL and a command exclude each other")
	case t.URL != "":
		return httpTransport(t)
	case len(t.Command) > 0:
		return s.stdioTransport(t), nil
	}
	return nil, errors.New("there is neither a URL nor a command")
}

func httpTransport(t Target) (transport.Interface, error) {
	u, err := url.Parse(t.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("the URL is not one of http or https") // an error of the parser would tell it
	}
	header := make(map[string]string)
	for name, values := range t.Header {
		header[name] = strings.Join(values, ", ")
	}
	c := &http.Client{CheckRedirect: func(r *http.Request, via []*http.Request) error {
		switch {
		case r.URL.Scheme != u.Scheme || r.URL.Host != u.Host:
			// Go's own client would take headers along that it does not know as credentials.
			return errors.New("the server redirects to another origin")
		case len(via) > 5:
			return errors.New("the server redirects without end")
		}
		return nil
	}}
	h, err := transport.NewStreamableHTTP(t.URL, transport.WithHTTPHeaders(header), transport.WithHTTPBasicClient(c),
		transport.WithHTTPLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, errors.New("the URL cannot be used")
	}
	return overHTTP{h}, nil
}

// lastWords is how long a child's stderr is read after its end.
const lastWords = time.Second

func (s *Session) stdioTransport(t Target) transport.Interface {
	start := func(_ context.Context, name string, _ []string, args []string) (*exec.Cmd, error) {
		cmd := exec.Command(name, args...)
		cmd.Stderr = io.Discard
		if t.Stderr != nil {
			cmd.Stderr = &lineWriter{w: t.Stderr}
		}
		cmd.WaitDelay = lastWords
		apart(cmd)
		s.child = cmd
		return cmd, nil
	}
	// The library's own logger would write to stderr what the server sent.
	return overStdio{transport.NewStdioWithOptions(t.Command[0], nil, t.Command[1:], transport.WithCommandFunc(start),
		transport.WithCommandLogger(slog.New(slog.DiscardHandler)))}
}

// maxStderrLine bounds a line of a child's stderr.
const maxStderrLine = 16 << 10

// lineWriter passes whole lines on, marked as the server's and fit for a terminal.
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
		// A writer that fails must not end the child.
		fmt.Fprintf(l.w, "server: %s\n", visible.Line(strings.TrimRight(string(line), "\r")))
		l.rest = append([]byte(nil), rest...)
	}
}
