package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/vouch"
)

// Child returns a dial that starts an MCP server as a child process, which speaks on its stdin and
// stdout. Its stderr goes to the writer, up to 1 MiB each time it is started; the rest is dropped.
// It does not see the credentials of the gateway: variables that begin with SPECTAP_UPSTREAM_, the
// secret of auth login, the webhook of approvals, and hidden. By the key it may believe the
// gateway: see package vouch.
func Child(command []string, stderr io.Writer, maxSize int, key vouch.Key, hidden ...string) jsonrpc.Dial {
	return Process(command, stderr, maxSize, func(cmd *exec.Cmd) {
		cmd.Env = append(withoutCredentials(os.Environ(), append(hidden, vouch.Variable)), vouch.Variable+"="+string(key))
	})
}

// Process is [Child] with the complete environment. prepare may change the command before it
// starts.
func Process(command []string, stderr io.Writer, maxSize int, prepare func(*exec.Cmd)) jsonrpc.Dial {
	return func(ctx context.Context) (jsonrpc.Conn, error) {
		cmd := exec.CommandContext(ctx, command[0], command[1:]...)
		notes := &notes{w: stderr}
		cmd.Stderr = notes
		prepare(cmd)
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		cmd.WaitDelay = childGrace
		in, err := cmd.StdinPipe()
		if err != nil {
			return nil, fmt.Errorf("start %s: %w", command[0], err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			return nil, fmt.Errorf("start %s: %w", command[0], err)
		}
		if err := cmd.Start(); err != nil {
			return nil, cannotStart(command[0], err)
		}
		return &child{Conn: jsonrpc.Lines(out, in, maxSize), cmd: cmd, in: in, notes: notes}, nil
	}
}

// cannotStart returns the error for a program that could not be started: which one, why, and what
// to type.
func cannotStart(program string, err error) error {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next // without "fork/exec", which is of no use to people
	}
	todo := ""
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		todo = fmt.Sprintf(": type command -v %s to see whether the shell finds it, or give its whole path", program)
	case errors.Is(err, fs.ErrPermission):
		todo = ": it must be a program that may be executed: type chmod +x " + program
	}
	return fmt.Errorf("start the MCP server %s: %w%s", program, err, todo)
}

// withoutCredentials removes from an environment the gateway's credentials for other servers, some
// more variables, and the URL of the webhook that people learn of held calls from, which may be a
// secret.
func withoutCredentials(env, hidden []string) []string {
	return slices.DeleteFunc(env, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return strings.HasPrefix(name, "SPECTAP_UPSTREAM_") || name == "SPECTAP_CLIENT_SECRET" || name == "SPECTAP_APPROVAL_WEBHOOK" ||
			slices.ContainsFunc(hidden, func(h string) bool { return strings.EqualFold(h, name) }) // as on Windows
	})
}

// childGrace is the time that a child has to end after its stdin was closed, and again after an
// interrupt.
const childGrace = 2 * time.Second

// child is the connection to a child process.
type child struct {
	jsonrpc.Conn
	cmd   *exec.Cmd
	in    io.Closer
	notes *notes
	once  sync.Once
	err   error
}

// Close ends the process: it closes its stdin, interrupts it after a while, and kills it after
// another. The error says how it ended, unless it ended well.
func (c *child) Close() error {
	c.once.Do(func() {
		c.in.Close()
		interrupt := time.AfterFunc(childGrace, func() {
			c.cmd.Process.Signal(os.Interrupt)
		})
		kill := time.AfterFunc(2*childGrace, func() { c.cmd.Process.Kill() })
		err := c.cmd.Wait()
		interrupt.Stop()
		kill.Stop()
		if last := c.notes.last(); err != nil && last != "" {
			err = fmt.Errorf("%w: %s", err, last)
		}
		if err != nil && (errors.As(err, new(*exec.ExitError)) || c.notes.last() != "") {
			c.err = err
		}
	})
	return c.err
}

// notes passes the stderr of a child on, and keeps its last line.
type notes struct {
	mu   sync.Mutex
	w    io.Writer
	size int
	line string
}

// maxNotes bounds the forwarded stderr, in bytes.
const maxNotes = 1 << 20

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	const kept = 300
	if s := strings.TrimSpace(string(p[max(0, len(p)-4*kept):])); s != "" {
		n.line = clipEnd(s[strings.LastIndexByte(s, '\n')+1:], kept)
	}
	if rest := maxNotes - n.size; n.w != nil && rest > 0 {
		n.w.Write(p[:min(len(p), rest)]) // a failing writer must not stop the server
		if n.size += len(p); n.size >= maxNotes {
			io.WriteString(n.w, "\n(the rest of what the MCP server writes to stderr is dropped)\n")
		}
	}
	return len(p), nil
}

func clipEnd(s string, most int) string { return s[:min(len(s), most)] }

func (n *notes) last() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.line
}
