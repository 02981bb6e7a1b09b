package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// console runs a program on a pseudo-terminal.
type console struct {
	t    *testing.T
	keys *os.File
	cmd  *exec.Cmd
	done chan error

	mu   sync.Mutex // guards seen
	seen []byte
	more chan struct{} // signals that output arrived
}

// openTerminal opens a pseudo-terminal: the side of its user, and that of programs.
func openTerminal(t *testing.T) (user, tty *os.File) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	n := must(unix.IoctlGetInt(fd, unix.TIOCGPTN))
	noError(t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	tty = must(os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0))
	return os.NewFile(uintptr(fd), "ptmx"), tty
}

func startConsole(t *testing.T, env []string, name string, args ...string) *console {
	t.Helper()
	user, tty := openTerminal(t)
	defer tty.Close()
	c := &console{t: t, keys: user, cmd: exec.Command(name, args...), done: make(chan error, 1), more: make(chan struct{}, 1)}
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = tty, tty, tty
	c.cmd.Env = append(os.Environ(), env...)
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	noError(t, c.cmd.Start())
	go c.watch()
	go func() { c.done <- c.cmd.Wait() }()
	t.Cleanup(func() {
		c.cmd.Process.Kill()
		c.keys.Close()
	})
	return c
}

func (c *console) watch() {
	buf := make([]byte, 4096)
	for {
		n, err := c.keys.Read(buf)
		c.mu.Lock()
		c.seen = append(c.seen, buf[:n]...)
		c.mu.Unlock()
		select {
		case c.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// see waits until the program printed text, and returns the output up to there. The next call
// begins after it.
func (c *console) see(text string) string {
	c.t.Helper()
	late := time.After(time.Minute)
	for {
		c.mu.Lock()
		if i := bytes.Index(c.seen, []byte(text)); i >= 0 {
			before := string(c.seen[:i+len(text)])
			c.seen = c.seen[i+len(text):]
			c.mu.Unlock()
			return before
		}
		c.mu.Unlock()
		select {
		case <-c.more:
		case <-late:
			c.mu.Lock()
			defer c.mu.Unlock()
			c.t.Fatalf("%q was not printed; the output is %q", text, c.seen)
		}
	}
}

func (c *console) press(keys string) {
	c.t.Helper()
	must(io.WriteString(c.keys, keys))
}

func (c *console) ends(status int) {
	c.t.Helper()
	select {
	case <-c.done:
		if got := c.cmd.ProcessState.ExitCode(); got != status {
			c.t.Errorf("exit status %d, want %d", got, status)
		}
	case <-time.After(time.Minute):
		c.t.Fatal("the program does not exit")
	}
}

const clientShop = `openapi: 3.0.3
info: {title: Shop, version: "1"}
paths:
  /slow:
    get: {operationId: waitLong, responses: {"200": {description: ok}}}
  /things:
    get:
      operationId: listThings
      parameters: [{name: size, in: query, schema: {type: string, enum: [small, large]}}]
      responses: {"200": {description: ok}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {operationId: getThing, responses: {"200": {description: ok}}}
    delete: {operationId: deleteThing, responses: {"204": {description: gone}}}
`

// shopConsole starts a client of a served API on a terminal. deleted receives the paths that were
// deleted; slow receives a message when the slow operation begins, and one when its request is
// cancelled.
func shopConsole(t *testing.T) (c *console, deleted, slow chan string, state string) {
	t.Helper()
	deleted, slow = make(chan string, 10), make(chan string, 10)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodDelete:
			deleted <- r.URL.Path
			w.WriteHeader(http.StatusNoContent)
		case r.URL.Path == "/slow":
			slow <- "begun"
			<-r.Context().Done()
			slow <- "cancelled"
		default:
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"id":9007199254740993,"evil":"\u001b]0;gone\u0007","asked":%q}`, r.URL)
		}
	}))
	t.Cleanup(api.Close)
	dir := t.TempDir()
	spec := filepath.Join(dir, "shop.yaml")
	noError(t, os.WriteFile(spec, []byte(clientShop), 0o600))
	c = startConsole(t, []string{"XDG_STATE_HOME=" + dir, "TERM=xterm", "NO_COLOR="},
		"spectap", "client", "--", "spectap", "serve", spec, "--base-url", api.URL)
	c.see("help shows the commands")
	c.see("mcp> ")
	return c, deleted, slow, filepath.Join(dir, "spectap", "client_history")
}

func TestClientOnTerminal(t *testing.T) {
	c, deleted, slow, history := shopConsole(t)

	// Tab completes commands, tools, arguments and values, and lists several.
	c.press("li\t")
	c.see("list")
	c.press("\x03ca\t")
	c.see("call ")
	c.press("\t")
	c.see("deleteThing")
	c.press("lis\ts\tl\t\r")
	c.see("listThings size=large")
	if s := c.see("\x1b[33m9007199254740993"); !strings.Contains(s, "\x1b[36mid") {
		t.Errorf("no colours: %q", s)
	}
	if s := c.see("mcp> "); strings.Contains(s, "\x1b]0") || !strings.Contains(s, `\x1b]0;gone\x07`) {
		t.Errorf("the server's text reached the terminal: %q", s)
	}

	// JSON continues on further lines, where completion works too.
	c.press("call listThings {\r")
	c.see("...> ")
	c.press("\t")
	c.see(`"size": `)
	c.press("\"s\t\r")
	c.see("...> ")
	c.press("}\r")
	c.see("size=small")
	c.see("mcp> ")

	// A question is a form without history and completion. A no sends nothing.
	c.press("call deleteThing id=7\r")
	c.see("The server asks:")
	c.see("│\x1b[0m deleteThing would send DELETE")
	c.see("Agree? [y/N] ")
	c.press("\x1b[A\tn\r")
	c.see("did not agree")
	c.see("mcp> ")
	c.press("\x1b[A") // history
	c.see("call deleteThing id=7")
	c.press("\r")
	c.see("Agree? [y/N] ")
	if len(deleted) > 0 {
		t.Fatal("the request was sent before it was confirmed")
	}
	c.press("y\r")
	c.see("status_code")
	if got := <-deleted; got != "/things/7" {
		t.Errorf("deleted %s", got)
	}
	c.see("mcp> ")

	// Ctrl-C in a form and during a call cancels the call; the server stays. Ctrl-Z does nothing.
	c.press("call deleteThing id=8\r")
	c.see("Agree? [y/N] ")
	c.press("\x03")
	c.see("interrupted")
	c.see("mcp> ")
	c.press("\x1acall waitLong\r")
	if got := <-slow; got != "begun" {
		t.Errorf("slow: %s", got)
	}
	c.press("\x03")
	c.see("interrupted")
	c.see("mcp> ")
	if got := <-slow; got != "cancelled" {
		t.Errorf("slow: %s", got)
	}
	c.press("call getThing {\"id\": 12345678901234567890}\r")
	c.see("things/12345678901234567890")
	c.see("mcp> ")
	c.press("sk-a-pasted-secret\r")
	c.see("unknown command")
	c.see("mcp> ")
	c.press("\x04")
	c.ends(cli.ExitFine)

	// The history has no arguments.
	data := readFile(t, history)
	if want := "call listThings\ncall deleteThing\ncall waitLong\ncall getThing\n"; string(data) != want {
		t.Errorf("the history is %q, want %q", data, want)
	}
	for path, want := range map[string]os.FileMode{history: 0o600, filepath.Dir(history): 0o700} {
		if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != want {
			t.Errorf("%s: %v %v", path, fi.Mode(), err)
		}
	}
	if len(deleted) > 0 {
		t.Errorf("deleted %s", <-deleted)
	}
}
