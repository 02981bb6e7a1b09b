//go:build !nohub

package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// hubWorld is real processes: nodes of a hub, workers and proxies, and a proxy that records the
// same requests to one local store.
type hubWorld struct {
	t       *testing.T
	dir     string
	exe     string
	api     *httptest.Server
	rand    *rand.Rand
	nodes   []*process
	workers []*process
	proxies []*process
	local   *process
	links   []*link // to the nodes
	address string  // of the hub, by the links
	sent    int

	mu   sync.Mutex
	hold chan struct{}  // requests for /held are answered when it is closed; guarded by mu
	held sync.WaitGroup // these requests
}

// process is a process that can be killed and started again.
type process struct {
	w     *hubWorld
	name  string
	args  []string
	cmd   *exec.Cmd
	line  string // the first line of stdout
	ended chan struct{}
}

func (w *hubWorld) start(name string, args ...string) *process {
	w.t.Helper()
	p := &process{w: w, name: name, args: args}
	w.t.Cleanup(p.kill)
	p.run()
	return p
}

// run starts the process and waits for its first line.
func (p *process) run() {
	p.w.t.Helper()
	cmd := exec.Command(p.w.exe, append(p.args, "--log-level", "warn")...)
	cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+p.w.dir+"/data", "XDG_CACHE_HOME="+p.w.dir+"/cache")
	log, err := os.OpenFile(filepath.Join(p.w.dir, p.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.w.t.Fatal(err)
	}
	defer log.Close()
	cmd.Stderr = log
	out := must(cmd.StdoutPipe())
	noError(p.w.t, cmd.Start())
	r := bufio.NewReader(out)
	p.line, err = r.ReadString('\n')
	p.cmd, p.ended = cmd, make(chan struct{})
	go func(ended chan struct{}) {
		io.Copy(io.Discard, r)
		cmd.Wait()
		close(ended)
	}(p.ended)
	if err != nil {
		b, _ := os.ReadFile(log.Name())
		p.w.t.Fatalf("%s %v: %v\n%s", p.name, p.args, err, b)
	}
}

// kill ends the process as the kernel does, without a chance to do anything.
func (p *process) kill() {
	if p.cmd == nil {
		return
	}
	p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.ended
}

// reader returns a command that is ended with the test.
func (w *hubWorld) reader(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(w.t.Context(), w.exe, args...)
	cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+w.dir+"/data", "XDG_CACHE_HOME="+w.dir+"/cache")
	return cmd
}

// spectap runs a command to its end, and returns its stdout.
func (w *hubWorld) spectap(args ...string) string {
	w.t.Helper()
	var out strings.Builder
	w.output(&out, nil, args)
	return out.String()
}

// spectapBoth is spectap, with stderr in the result.
func (w *hubWorld) spectapBoth(args ...string) string {
	w.t.Helper()
	var out strings.Builder
	w.output(&out, &out, args)
	return out.String()
}

func (w *hubWorld) output(out, errs *strings.Builder, args []string) {
	w.t.Helper()
	cmd := w.reader(args...)
	timer := time.AfterFunc(90*time.Second, func() { cmd.Process.Signal(syscall.SIGQUIT) })
	defer timer.Stop()
	if errs == nil {
		errs = new(strings.Builder)
	}
	cmd.Stdout, cmd.Stderr = out, errs
	if err := cmd.Run(); err != nil {
		w.t.Fatalf("spectap %s: %v\n%s", strings.Join(args, " "), err, errs)
	}
}

// freePorts returns addresses that nobody listens on at present.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	var list []string
	for range n {
		l := must(net.Listen("tcp", "127.0.0.1:0"))
		defer l.Close()
		list = append(list, l.Addr().String())
	}
	return list
}

func newHubWorld(t *testing.T, seed, nodes int) *hubWorld {
	w := &hubWorld{t: t, dir: t.TempDir(), rand: rand.New(rand.NewPCG(uint64(seed), 7)), hold: make(chan struct{})}
	exe := must(os.Executable())
	w.exe = filepath.Join(w.dir, "spectap")
	noError(t, os.Symlink(exe, w.exe))
	w.api = httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(w.api.Close)
	clients, routes := freePorts(t, nodes), freePorts(t, nodes)
	var addresses []string
	for i := range nodes {
		args := []string{"hub", "--jetstream", "--listen", clients[i], "--dir", filepath.Join(w.dir, fmt.Sprint("hub", i+1))}
		if nodes > 1 {
			args = append(args, "--node", strconv.Itoa(i+1), "--cluster", strings.Join(routes, ","))
		}
		w.nodes = append(w.nodes, w.start(fmt.Sprint("hub", i+1), args...))
		w.links = append(w.links, newLink(t, clients[i]))
		addresses = append(addresses, w.links[i].address())
	}
	w.address = "nats://" + strings.Join(addresses, ",") + "/team"
	for i := range 2 {
		name := fmt.Sprint("worker", i+1)
		w.workers = append(w.workers, w.start(name, "worker", "--db", w.address, "--dir", filepath.Join(w.dir, name)))
		name = fmt.Sprint("pod", i+1)
		w.proxies = append(w.proxies, w.start(name, "proxy", "--db", w.address, "--spool", filepath.Join(w.dir, name+".db"), "--source", name,
			"--listen", freePorts(t, 1)[0], "--reverse", w.api.URL))
	}
	w.local = w.start("local", "proxy", "--db", filepath.Join(w.dir, "local.db"), "--listen", "127.0.0.1:0", "--reverse", w.api.URL)
	return w
}

// serve is the API. Equal requests get equal answers, whenever they come.
func (w *hubWorld) serve(rw http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.URL.Query().Get("n"))
	rw.Header()["Date"] = nil
	kind, id, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case kind == "blobs": // a flow that needs a batch of messages, because it does not compress
		rw.Header().Set("Content-Type", "application/octet-stream")
		source := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)})
		io.CopyN(rw, source, 1<<20)
		return
	case kind == "held":
		w.mu.Lock()
		hold := w.hold
		w.mu.Unlock()
		<-hold
	case n%11 == 0:
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(rw, `{"error":"no %s %s"}`, kind, id)
		return
	}
	rw.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(rw, `{"id":%d,"name":"n%d","tags":["a"],"open":%v,"kind":%q}`, n%97, n%13, n%2 == 0, kind)
}

// traffic sends requests through a proxy, and the same through the local one.
func (w *hubWorld) traffic(p *process) {
	w.t.Helper()
	for range 1 + w.rand.IntN(20) {
		w.sent++
		switch n := w.sent; {
		case n%37 == 0:
			w.request(p, "POST", fmt.Sprintf("/blobs/%d?n=%d", n%97, n))
		case n%3 == 0:
			w.request(p, "POST", fmt.Sprintf("/orders/%d?n=%d&page=%d", n%97, n, n%5))
		default:
			w.request(p, "GET", fmt.Sprintf("/users/%d?n=%d&page=%d", n%97, n, n%5))
		}
	}
}

// request sends a request through a proxy and through the local one.
func (w *hubWorld) request(p *process, method, path string) {
	for _, proxy := range []*process{p, w.local} {
		var body io.Reader
		if method == "POST" {
			body = strings.NewReader(fmt.Sprintf(`{"path":%q,"n":%d}`, path, len(path)))
		}
		base := "http://" + strings.TrimSpace(strings.TrimPrefix(proxy.line, "listening on "))
		r, err := http.NewRequest(method, base+path, body)
		if err != nil {
			w.t.Error(err)
			return
		}
		if body != nil {
			r.Header.Set("Content-Type", "application/json")
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			w.t.Errorf("%s %s by %s: %v", method, path, proxy.name, err)
			return
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
}

// holdRequests sends requests that are answered when release is called: their flows come in two
// states, with much between them.
func (w *hubWorld) holdRequests(p *process) (release func()) {
	for range 3 {
		w.sent++
		path := fmt.Sprintf("/held/%d?n=%d", w.sent%97, w.sent)
		w.held.Go(func() { w.request(p, "GET", path) })
	}
	return func() {
		w.mu.Lock()
		close(w.hold)
		w.mu.Unlock()
		w.held.Wait()
		w.mu.Lock()
		w.hold = make(chan struct{})
		w.mu.Unlock()
	}
}
