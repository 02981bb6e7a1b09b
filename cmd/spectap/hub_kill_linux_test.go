//go:build !nohub

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli/flows"
)

// disturb simulates a failure, sends traffic meanwhile, and repairs it.
func (w *hubWorld) disturb() {
	w.t.Helper()
	mend := func() {}
	imported := w.importSome()
	var killed *process
	switch n := w.rand.IntN(14); {
	case n < 2:
		mend = w.killed(w.nodes[w.rand.IntN(len(w.nodes))])
	case n == 2: // all nodes
		mend = w.killed(w.nodes...)
	case n < 5:
		mend = w.killed(w.workers[w.rand.IntN(len(w.workers))])
	case n == 5:
		mend = w.killed(w.workers...)
	case n < 8: // once its spool has the answered flows: a kill always loses flows in memory
		killed = w.proxies[w.rand.IntN(len(w.proxies))]
		w.spectap("flows", "ls", "--count", "--db", killed.args[4])
		mend = w.killed(killed)
	case n == 8: // a paused worker does not notice that it lost its leases
		zombie := w.workers[w.rand.IntN(len(w.workers))]
		zombie.cmd.Process.Signal(syscall.SIGSTOP)
		mend = func() {
			time.Sleep(time.Duration(w.rand.IntN(4)) * time.Second)
			zombie.cmd.Process.Signal(syscall.SIGCONT)
		}
	case n == 9:
		w.eachLink(func(l *link) { l.acks = 1 + w.rand.IntN(3) })
	case n == 10: // lose the node's messages, then the connection
		w.eachLink(func(l *link) { l.mute = true })
		mend = func() {
			time.Sleep(time.Duration(w.rand.IntN(1000)) * time.Millisecond)
			for _, l := range w.links {
				l.cut(false)
			}
		}
	case n == 11:
		for _, l := range w.links {
			l.cut(false)
		}
	case n == 12:
		for _, l := range w.links {
			l.cut(true)
		}
		mend = func() {
			time.Sleep(time.Duration(w.rand.IntN(2000)) * time.Millisecond)
			w.eachLink(func(l *link) { l.down = false })
		}
	default:
		mend = w.killReader()
	}
	for _, p := range w.proxies {
		if p != killed {
			release := w.holdRequests(p)
			w.traffic(p)
			defer release()
		}
	}
	mend()
	imported()
}

func (w *hubWorld) eachLink(change func(*link)) {
	for _, l := range w.links {
		l.set(change)
	}
}

// killed kills processes, and returns a function that restarts them.
func (w *hubWorld) killed(list ...*process) (mend func()) {
	for _, p := range list {
		p.kill()
	}
	return func() {
		for _, p := range list {
			p.run()
		}
	}
}

// killReader kills a command that copies the log. The next one goes on with its copy.
func (w *hubWorld) killReader() func() {
	reader := w.reader("flows", "ls", "--count", "--db", w.address)
	noError(w.t, reader.Start())
	return func() {
		time.Sleep(time.Duration(w.rand.IntN(200)) * time.Millisecond)
		reader.Process.Kill()
		reader.Wait()
	}
}

// TestHubKill kills the nodes of a hub, workers, proxies and readers with SIGKILL, cuts connections
// and swallows acknowledgements, while flows are recorded and imported. Afterwards the hub has
// every flow once, and its document is that of the local store, byte for byte, also after flows are
// deleted. SPECTAP_HUB_SEEDS is the number of runs with one node and with three; make test-hub sets
// it. Without it there is one run, with one node.
func TestHubKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	seeds, first, hubs := 1, 0, []int{1}
	if n, err := strconv.Atoi(os.Getenv("SPECTAP_HUB_SEEDS")); err == nil {
		seeds, hubs = n, []int{1, 3}
	}
	if n, err := strconv.Atoi(os.Getenv("SPECTAP_HUB_FIRST")); err == nil {
		first = n
	}
	for _, nodes := range hubs {
		for seed := range seeds {
			t.Run(fmt.Sprintf("%d nodes/%d", nodes, first+seed), func(t *testing.T) { testHubKill(t, first+seed, nodes) })
		}
	}
}

func testHubKill(t *testing.T, seed, nodes int) {
	w := newHubWorld(t, seed, nodes)
	tailed := w.tail()
	for range 10 {
		w.traffic(w.proxies[w.rand.IntN(2)])
		w.disturb()
	}
	start := time.Now()
	if got := strings.TrimSpace(w.spectapBoth("flows", "ls", "--count", "--db", w.address, "--wait")); got != strconv.Itoa(w.sent) {
		if !strings.HasSuffix(got, "\n"+strconv.Itoa(w.sent)) {
			t.Errorf("the hub has %s flows of %d\n%s", got, w.sent, w.spectap("store", "stats", "--db", w.address))
		}
		t.Log(got)
	}
	t.Logf("%d flows; all listed after %v", w.sent, time.Since(start).Round(10*time.Millisecond))
	w.sameTail(tailed)
	local := filepath.Join(w.dir, "local.db")
	w.sameFlows(local)
	w.deleteSome(local)
	w.sameFlows(local)
	want, wantReport := w.export(local)
	got, report := w.export(w.address, "--wait")
	if got != want || len(want) < 500 {
		t.Errorf("the document of the hub differs:\n%s\nwant:\n%s", got, want)
	}
	if report != wantReport {
		t.Errorf("the report of the hub differs:\n%s\nwant:\n%s", report, wantReport)
	}
	w.awaitRelease()
	w.awaitRelearned()
	cold := w.spectap("export", "--db", w.address, "--cache", filepath.Join(w.dir, "cold")) // of the workers' models
	if cold != w.spectap("export", "--db", local) {
		t.Errorf("the document of the workers' models differs:\n%s", cold)
	}
}

// export returns the document and the report of a store.
func (w *hubWorld) export(db string, args ...string) (document, report string) {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "api.yaml")
	report = w.spectapBoth(append([]string{"export", "--report", "-o", file, "--db", db}, args...)...)
	b := must(os.ReadFile(file))
	var lines []string // without notes such as that the command waits
	for line := range strings.Lines(strings.ReplaceAll(report, file, "api.yaml")) {
		if !strings.HasPrefix(line, "spectap:") {
			lines = append(lines, line)
		}
	}
	return string(b), strings.Join(lines, "")
}

// archived returns the exchanges of a store in HAR form, sorted, without times.
func (w *hubWorld) archived(db string) []string {
	w.t.Helper()
	var har struct {
		Log struct {
			Entries []map[string]any `json:"entries"`
		} `json:"log"`
	}
	noError(w.t, json.Unmarshal([]byte(w.spectap("flows", "export", "--reveal", "--db", db)), &har))
	var list []string
	for _, e := range har.Log.Entries {
		for name := range e {
			if name != "request" && name != "response" {
				delete(e, name)
			}
		}
		b := must(json.Marshal(e))
		list = append(list, string(b))
	}
	slices.Sort(list)
	return list
}

// sameFlows compares the flows of the hub with those of the local store.
func (w *hubWorld) sameFlows(local string) {
	w.t.Helper()
	port := func(p *process) string { return p.line[strings.LastIndex(p.line, ":")+1 : len(p.line)-1] }
	want, got := w.archived(local), w.archived(w.address)
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], "127.0.0.1:"+port(w.local), "proxy")
	}
	for i := range got {
		for _, p := range w.proxies {
			got[i] = strings.ReplaceAll(got[i], "127.0.0.1:"+port(p), "proxy")
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	for len(want) > 0 || len(got) > 0 {
		switch {
		case len(got) == 0 || len(want) > 0 && want[0] < got[0]:
			w.t.Errorf("the hub lacks %.300s", want[0])
			want = want[1:]
		case len(want) == 0 || got[0] < want[0]:
			w.t.Errorf("the hub has, and the local store has not, or less often: %.300s", got[0])
			got = got[1:]
		default:
			want, got = want[1:], got[1:]
		}
	}
}

// tail starts a command that follows the hub until the test ends, and returns the file of its
// output.
func (w *hubWorld) tail() (file string) {
	w.t.Helper()
	cache := filepath.Join(w.dir, "tail")
	out := must(os.Create(filepath.Join(w.dir, "tail.json")))
	defer out.Close()
	cmd := w.reader("flows", "tail", "--json", "--db", w.address, "--cache", cache)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	noError(w.t, cmd.Start())
	w.t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) { // until it follows
		if list, _ := filepath.Glob(filepath.Join(cache, "*.sock")); len(list) > 0 {
			return out.Name()
		}
		if time.Since(start) > time.Minute {
			w.t.Fatal("flows tail does not follow the hub")
		}
	}
}

// sameTail checks that the command that followed the hub all the time has printed every flow once.
func (w *hubWorld) sameTail(file string) {
	w.t.Helper()
	for start := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		b := must(os.ReadFile(file))
		ids, twice := map[string]bool{}, 0
		for line := range strings.Lines(string(b)) {
			var f flows.FlowSummary
			if err := json.Unmarshal([]byte(line), &f); err != nil || !f.Done {
				continue
			}
			if ids[f.ID] {
				twice++
			}
			ids[f.ID] = true
		}
		if len(ids) == w.sent && twice == 0 {
			return
		}
		if twice > 0 || time.Since(start) > 30*time.Second {
			w.t.Errorf("flows tail printed %d of %d flows, %d more than once", len(ids), w.sent, twice)
			return
		}
	}
}

// awaitRelease waits until the workers have committed everything, so that spools are empty.
func (w *hubWorld) awaitRelease() {
	w.t.Helper()
	start := time.Now()
	for _, p := range w.proxies {
		for w.spectap("flows", "ls", "--count", "--db", p.args[4]) != "0\n" {
			if time.Since(start) > 60*time.Second {
				w.t.Fatalf("the spool of %s is not released\n%s", p.name, w.spectap("store", "stats", "--db", w.address))
			}
		}
	}
	w.t.Logf("released after %v", time.Since(start).Round(10*time.Millisecond))
}
