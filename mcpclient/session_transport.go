package mcpclient

import (
	"bytes"
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
		return s.newHTTPTransport(t)
	case len(t.Command) > 0:
		return s.newStdioTransport(t)
	}
	return nil, errors.New("a URL or a command is required")
}

func (s *Session) newHTTPTransport(t Target) (transport.Interface, error) {
	u, err := url.Parse(t.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("the URL must be http or https") // the parser's error would contain the URL
	}
	header := make(map[string]string)
	for name, values := range t.Header {
		header[name] = strings.Join(values, ", ")
	}
	c := &http.Client{Transport: limitTransport{http.DefaultTransport, &s.in}, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		switch {
		case r.URL.Scheme != u.Scheme || r.URL.Host != u.Host:
			// Go's client would send headers along unless it knows them as credentials.
			return errors.New("the server redirects to another origin")
		case len(via) > 5:
			return errors.New("the server redirects more than five times")
		}
		return nil
	}}
	h, err := transport.NewStreamableHTTP(t.URL, transport.WithHTTPHeaders(header), transport.WithHTTPBasicClient(c),
		transport.WithHTTPLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, errors.New("the URL is not usable")
	}
	return httpTransport{h, &s.in}, nil
}

// stderrDelay is how long a child's stderr is read after the child exited.
const stderrDelay = time.Second

func (s *Session) newStdioTransport(t Target) (transport.Interface, error) {
	cmd := exec.Command(t.Command[0], t.Command[1:]...)
	cmd.Stderr = io.Discard
	if t.Stderr != nil {
		cmd.Stderr = &lineWriter{w: t.Stderr}
	}
	cmd.WaitDelay = stderrDelay
	setProcessGroup(cmd)
	s.child = cmd
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	// The library would start the child itself, but read lines of any length from it.
	stdin := &lockedWriter{WriteCloser: in}
	std := transport.NewIO(&limitReader{r: out, in: &s.in, every: endLine}, stdin, nil)
	// The library's default logger would write messages of the server to stderr.
	transport.WithCommandLogger(slog.New(slog.DiscardHandler))(std)
	return &stdioTransport{Stdio: std, child: cmd, in: &s.in, stdin: stdin}, nil
}

// lockedWriter is the stdin of a child, for the library's messages and the answers of
// [stdioTransport].
type lockedWriter struct {
	io.WriteCloser
	mu sync.Mutex // guards Write
}

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.WriteCloser.Write(p)
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
