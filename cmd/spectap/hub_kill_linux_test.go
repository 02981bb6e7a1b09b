//go:build !nohub

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
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
	address string
	sent    int
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
	out, err := cmd.StdoutPipe()
	if err != nil {
		p.w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		p.w.t.Fatal(err)
	}
	r := bufio.NewReader(out)
	if p.line, err = r.ReadString('\n'); err != nil {
		b, _ := os.ReadFile(log.Name())
		p.w.t.Fatalf("%s %v: %v\n%s", p.name, p.args, err, b)
	}
	p.cmd, p.ended = cmd, make(chan struct{})
	go func(ended chan struct{}) {
		io.Copy(io.Discard, r)
		cmd.Wait()
		close(ended)
	}(p.ended)
}

// kill ends the process as the kernel does, without a chance to do anything.
func (p *process) kill() {
	p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.ended
}

// spectap runs a command to its end.
func (w *hubWorld) spectap(args ...string) string {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 90*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.exe, args...)
	cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+w.dir+"/data", "XDG_CACHE_HOME="+w.dir+"/cache")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatalf("spectap %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return string(out)
}

// freePorts returns addresses that nobody listens on at present.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	var list []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		list = append(list, l.Addr().String())
	}
	return list
}

func newHubWorld(t *testing.T, seed, nodes int) *hubWorld {
	w := &hubWorld{t: t, dir: t.TempDir(), rand: rand.New(rand.NewPCG(uint64(seed), 7))}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w.exe = filepath.Join(w.dir, "spectap")
	if err := os.Symlink(exe, w.exe); err != nil {
		t.Fatal(err)
	}
	w.api = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header()["Date"] = nil
		rw.Header().Set("Content-Type", "application/json")
		id, _ := strconv.Atoi(r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:])
		fmt.Fprintf(rw, `{"id":%d,"name":"n%d","tags":["a"],"open":%v}`, id, id%13, id%2 == 0)
	}))
	t.Cleanup(w.api.Close)
	clients, routes := freePorts(t, nodes), freePorts(t, nodes)
	for i := range nodes {
		args := []string{"hub", "--jetstream", "--listen", clients[i], "--dir", filepath.Join(w.dir, fmt.Sprint("hub", i+1))}
		if nodes > 1 {
			args = append(args, "--node", strconv.Itoa(i+1), "--cluster", strings.Join(routes, ","))
		}
		w.nodes = append(w.nodes, w.start(fmt.Sprint("hub", i+1), args...))
	}
	w.address = "nats://" + strings.Join(clients, ",") + "/team"
	for i := range 2 {
		name := fmt.Sprint("worker", i+1)
		w.workers = append(w.workers, w.start(name, "worker", "--db", w.address, "--dir", filepath.Join(w.dir, name), "--wait"))
		name = fmt.Sprint("pod", i+1)
		w.proxies = append(w.proxies, w.start(name, "proxy", "--db", w.address, "--spool", filepath.Join(w.dir, name+".db"), "--source", name,
			"--listen", freePorts(t, 1)[0], "--reverse", w.api.URL))
	}
	w.local = w.start("local", "proxy", "--db", filepath.Join(w.dir, "local.db"), "--listen", "127.0.0.1:0", "--reverse", w.api.URL)
	t.Cleanup(func() {
		for _, list := range [][]*process{w.nodes, w.workers, w.proxies, {w.local}} {
			for _, p := range list {
				p.kill()
			}
		}
	})
	return w
}

// traffic sends requests through a proxy, and the same through the local one.
func (w *hubWorld) traffic(p *process) {
	w.t.Helper()
	for range 1 + w.rand.IntN(20) {
		w.sent++
		path := fmt.Sprintf("/%s/%d?page=%d", []string{"users", "orders"}[w.sent%2], w.sent%97, w.sent%5)
		for _, proxy := range []*process{p, w.local} {
			base, err := url.Parse("http://" + strings.TrimSpace(strings.TrimPrefix(proxy.line, "listening on ")))
			if err != nil {
				w.t.Fatal(err)
			}
			r, err := http.Get(base.String() + path)
			if err != nil {
				w.t.Fatal(err)
			}
			io.Copy(io.Discard, r.Body)
			r.Body.Close()
		}
	}
}

// disturb kills something. A proxy is killed once its spool has what it answered: what is in its
// memory then is lost by any kill.
func (w *hubWorld) disturb() {
	w.t.Helper()
	var p *process
	switch n := w.rand.IntN(6); {
	case n < 2:
		p = w.nodes[w.rand.IntN(len(w.nodes))]
	case n < 4:
		p = w.workers[w.rand.IntN(len(w.workers))]
	case n < 5:
		p = w.proxies[w.rand.IntN(len(w.proxies))]
		w.spectap("flows", "ls", "--count", "--db", p.args[4])
	default:
		return
	}
	p.kill()
	for _, other := range w.proxies {
		if other != p {
			w.traffic(other)
		}
	}
	p.run()
}

// TestHubKill kills the nodes of a hub, workers and proxies with SIGKILL. Afterwards the hub has
// every flow once, and its document is that of the local store, byte for byte. SPECTAP_HUB_SEEDS
// says how often; make test-hub sets it.
func TestHubKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	seeds := 1
	if n, err := strconv.Atoi(os.Getenv("SPECTAP_HUB_SEEDS")); err == nil {
		seeds = n
	}
	for _, nodes := range []int{1, 3} {
		for seed := range seeds {
			t.Run(fmt.Sprintf("%d nodes/%d", nodes, seed), func(t *testing.T) { testHubKill(t, seed, nodes) })
		}
	}
}

func testHubKill(t *testing.T, seed, nodes int) {
	w := newHubWorld(t, seed, nodes)
	for range 10 {
		w.traffic(w.proxies[w.rand.IntN(2)])
		w.disturb()
	}
	for _, p := range w.proxies {
		w.spectap("flows", "ls", "--count", "--db", p.args[4]) // flushes what is in memory
	}
	w.awaitFlows()
	local := filepath.Join(w.dir, "local.db")
	if got := strings.TrimSpace(w.spectap("flows", "ls", "--count", "--db", w.address, "--wait")); got != strconv.Itoa(w.sent) {
		t.Errorf("the hub has %s flows of %d", got, w.sent)
	}
	want := w.spectap("export", "--db", local, "-o", "-")
	if got := w.spectap("export", "--db", w.address, "--wait", "-o", "-"); got != want || len(want) < 500 {
		t.Errorf("the document of the hub differs:\n%s\nwant:\n%s", got, want)
	}
	// Workers have committed everything, so spools are empty at last.
	deadline := time.After(60 * time.Second)
	for _, p := range w.proxies {
		for w.spectap("flows", "ls", "--count", "--db", p.args[4]) != "0\n" {
			select {
			case <-deadline:
				t.Fatalf("the spool of %s is not released\n%s", p.name, w.spectap("store", "stats", "--db", w.address))
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
}

// awaitFlows waits until the hub knows the last flow of each source: a source says how much it has
// recorded every two seconds.
func (w *hubWorld) awaitFlows() {
	w.t.Helper()
	deadline := time.After(60 * time.Second)
	for {
		if got := strings.TrimSpace(w.spectap("flows", "ls", "--count", "--db", w.address, "--wait")); got == strconv.Itoa(w.sent) {
			return
		}
		select {
		case <-deadline:
			return
		case <-time.After(200 * time.Millisecond):
		}
	}
}
