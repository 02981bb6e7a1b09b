package bypass

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// deadline is the time after which nothing more is expected.
const deadline = 2 * time.Minute

// gate is a gateway on stdio or HTTP, with a recording server behind it.
type gate struct {
	t      *testing.T
	dir    string // of the gateway's files and of the server's
	policy string // the file
	audit  string
	args   []string

	cmd    *exec.Cmd
	stdin  io.WriteCloser
	lines  chan string // of stdout; closed at its end
	next   int
	mu     sync.Mutex // guards stderr
	stderr bytes.Buffer
	wrote  chan struct{} // gets a value after each write to stderr
	done   chan struct{}
}

// newGate prepares a gateway with a policy and more flags, and starts it.
func newGate(t *testing.T, policy string, more ...string) *gate {
	t.Helper()
	dir := t.TempDir()
	g := &gate{t: t, dir: dir, policy: filepath.Join(dir, "policy.yaml"), audit: filepath.Join(dir, "audit.jsonl")}
	g.write("policy.yaml", policy)
	self := must.Get(os.Executable())
	g.args = append(append([]string{"gateway", "--policy", g.policy, "--audit", g.audit}, more...), "--", self)
	g.start()
	t.Cleanup(g.stop)
	return g
}

// newGroup starts a gateway with more flags in front of the servers a and b, each with a folder of
// its name in that of the gate.
func newGroup(t *testing.T, policy string, more ...string) *gate {
	t.Helper()
	dir := t.TempDir()
	g := &gate{t: t, dir: dir, policy: filepath.Join(dir, "policy.yaml"), audit: filepath.Join(dir, "audit.jsonl")}
	g.write("policy.yaml", policy)
	self := must.Get(os.Executable())
	servers := "servers:\n"
	for _, name := range []string{"a", "b"} {
		must.Do(t, os.Mkdir(g.file(name), 0o700))
		servers += fmt.Sprintf("  %s: {command: [env, %q, %q], policy: policy.yaml}\n", name, serverDir+"="+g.file(name), self)
	}
	g.write("servers.yaml", servers)
	g.args = append([]string{"gateway", "--config", g.file("servers.yaml"), "--audit", g.audit}, more...)
	g.start()
	t.Cleanup(g.stop)
	return g
}

// file returns the path of a file of the gate.
func (g *gate) file(name string) string { return filepath.Join(g.dir, name) }

// write replaces a file in one step.
func (g *gate) write(name, text string) {
	g.t.Helper()
	temp := g.file(name + ".new")
	must.Do(g.t, os.WriteFile(temp, []byte(text), 0o600))
	must.Do(g.t, os.Rename(temp, g.file(name)))
}

// read returns a file of the gate, "" if there is none.
func (g *gate) read(name string) string {
	text, err := os.ReadFile(g.file(name))
	if err != nil && !os.IsNotExist(err) {
		g.t.Fatal(err)
	}
	return string(text)
}

func (g *gate) environ() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + g.dir, "XDG_DATA_HOME=" + g.file("data"), "SPECTAP_SOCKET_DIR=" + g.dir, "TMPDIR=" + os.TempDir(),
		serverDir + "=" + g.dir,
	}
}

// Write keeps what the gateway says on stderr.
func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	g.stderr.Write(p)
	g.mu.Unlock()
	select {
	case g.wrote <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (g *gate) log() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stderr.String()
}

// start starts the gateway.
func (g *gate) start() {
	g.t.Helper()
	g.cmd, g.lines, g.wrote, g.done = exec.Command(binary, g.args...), make(chan string, 1000), make(chan struct{}, 1), make(chan struct{})
	g.cmd.Env, g.cmd.Dir, g.cmd.Stderr = g.environ(), g.dir, g
	var err error
	if g.stdin, err = g.cmd.StdinPipe(); err != nil {
		g.t.Fatal(err)
	}
	out, w, err := os.Pipe()
	if err != nil {
		g.t.Fatal(err)
	}
	g.cmd.Stdout = w
	must.Do(g.t, g.cmd.Start())
	w.Close()
	lines, done, cmd := g.lines, g.done, g.cmd
	go func() {
		defer out.Close()
		defer close(lines)
		r := bufio.NewReaderSize(out, 1<<20)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			lines <- line
		}
	}()
	go func() {
		cmd.Wait() // the test looks at what it did
		close(done)
	}()
}

// stop ends the gateway.
func (g *gate) stop() {
	g.stdin.Close()
	g.cmd.Process.Signal(os.Interrupt)
	select {
	case <-g.done:
	case <-time.After(deadline):
		g.kill()
	}
}

// kill is kill -9.
func (g *gate) kill() {
	g.cmd.Process.Kill()
	<-g.done
}

// waitLog waits until stderr has a text, and returns the rest of its line.
func (g *gate) waitLog(text string) string {
	g.t.Helper()
	end := time.After(deadline)
	for {
		if _, rest, ok := strings.Cut(g.log(), text); ok {
			if line, _, whole := strings.Cut(rest, "\n"); whole {
				return strings.TrimSpace(line)
			}
		}
		select {
		case <-g.wrote:
		case <-g.done:
			g.t.Fatalf("the gateway ended: %s", g.log())
		case <-end:
			g.t.Fatalf("stderr has no %q: %s", text, g.log())
		}
	}
}

// run runs a command of the program, which must succeed, and returns what it prints.
func (g *gate) run(args ...string) string {
	g.t.Helper()
	out, err := g.try(args...)
	if err != nil {
		g.t.Fatalf("spectap %q: %v: %s", args, err, out)
	}
	return out
}

// try runs a command of the program, and returns what it prints. The error has what it says on
// stderr.
func (g *gate) try(args ...string) (string, error) {
	cmd := exec.Command(binary, args...)
	cmd.Env, cmd.Dir = g.environ(), g.dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, errs.String())
	}
	return string(out), err
}

// send sends a line.
func (g *gate) send(line string) {
	g.t.Helper()
	if _, err := io.WriteString(g.stdin, line+"\n"); err != nil {
		g.t.Fatalf("send %.200s: %v; %s", line, err, g.log())
	}
}

// message is what a client looks at.
type message struct {
	ID     json.RawMessage
	Method string
	Result json.RawMessage
	Error  json.RawMessage
	raw    string
}

func (m message) isDenied() bool {
	return m.Error != nil || strings.Contains(string(m.Result), `"isError":true`)
}

// receive returns the next message, or fails the test.
func (g *gate) receive() message {
	g.t.Helper()
	select {
	case line, ok := <-g.lines:
		if !ok {
			g.t.Fatalf("the gateway has ended: %s", g.log())
		}
		m := message{raw: line}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			g.t.Fatalf("the client got %.300q: %v", line, err)
		}
		return m
	case <-time.After(deadline):
		g.t.Fatalf("no message came; %s", g.log())
		return message{}
	}
}

// request sends a request and returns its answer. Other messages are dropped.
func (g *gate) request(method, params string) message {
	g.t.Helper()
	g.next++
	id := fmt.Sprintf(`"r%d"`, g.next)
	g.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":%q,"params":%s}`, id, method, params))
	return g.answer(id)
}

// answer returns the answer to a request.
func (g *gate) answer(id string) message {
	g.t.Helper()
	for {
		if m := g.receive(); string(m.ID) == id && m.Method == "" {
			return m
		}
	}
}

// call calls a tool.
func (g *gate) call(name, arguments string) message {
	g.t.Helper()
	return g.request("tools/call", fmt.Sprintf(`{"name":%q,"arguments":%s}`, name, arguments))
}

// begin makes the handshake. caps are the capabilities of the client.
func (g *gate) begin(caps string) {
	g.t.Helper()
	m := g.request("initialize", fmt.Sprintf(`{"protocolVersion":"2025-11-25","capabilities":%s,"clientInfo":{"name":"mallory","version":"1"}}`, caps))
	if m.Result == nil {
		g.t.Fatalf("initialize: %s", m.raw)
	}
	g.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
}

// settle makes an allowed call. When it is answered, what was sent before it has been judged.
func (g *gate) settle() {
	g.t.Helper()
	if m := g.call("read", `{}`); m.isDenied() {
		g.t.Fatalf("an allowed call: %s", m.raw)
	}
}

// record is what the tests read of the audit.
type record struct {
	Event, Decision, Rule, Name, Method, Outcome, Reason, Identity, Server string
}

// records returns the records of the audit, which must be a whole chain.
func (g *gate) records() []record {
	g.t.Helper()
	g.run("audit", "verify", g.audit)
	var all []record
	for line := range strings.Lines(g.read("audit.jsonl")) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			g.t.Fatalf("%v in %s", err, line)
		}
		all = append(all, r)
	}
	return all
}

// denials counts the denials in the audit, without checking its chain.
func (g *gate) denials() int {
	return strings.Count(g.read("audit.jsonl"), `"decision":"deny"`)
}

// seen counts in how many lines a text reached the server.
func (g *gate) seen(text string) int {
	n := 0
	for line := range strings.Lines(g.read("seen")) {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}
