//go:build unix

package natshub_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/natslog"
	"github.com/spectap/spectap/store"
)

// workerEnv makes the test binary run as a worker: the address of a hub, and a folder.
const workerEnv = "SPECTAP_BENCH_WORKER"

func TestMain(m *testing.M) {
	if server, dir, ok := strings.Cut(os.Getenv(workerEnv), " "); ok {
		if err := work(server, dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// work runs a worker until SIGTERM.
func work(server, dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	db, err := store.Open(filepath.Join(dir, "worker.db"), store.Options{Create: true})
	if err != nil {
		return err
	}
	defer db.Close()
	l, err := natslog.Open(ctx, natslog.Config{Address: natslog.Address{Servers: []string{server}, Team: "team"}})
	if err != nil {
		return err
	}
	defer l.Close()
	w := relay.NewWorker(relay.WorkerConfig{
		Log: l, Store: db, Name: fmt.Sprint("w", os.Getpid()), NewModel: func() relay.Model { return infer.New() },
	})
	fmt.Println("working")
	return w.Run(ctx)
}

// startWorkers starts processes.
func startWorkers(b *testing.B, server string, n int) []*exec.Cmd {
	b.Helper()
	list := make([]*exec.Cmd, n)
	for i := range list {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), workerEnv+"="+server+" "+b.TempDir())
		c.Stderr = os.Stderr
		out := must.Get(c.StdoutPipe())
		must.Do(b, c.Start())
		b.Cleanup(func() {
			c.Process.Kill()
			c.Wait()
		})
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			b.Fatalf("%q, %v", line, err)
		}
		list[i] = c
	}
	return list
}

// end ends a worker, and returns the CPU time that it used.
func end(b *testing.B, c *exec.Cmd) time.Duration {
	b.Helper()
	c.Process.Signal(syscall.SIGTERM)
	must.Do(b, c.Wait())
	return c.ProcessState.UserTime() + c.ProcessState.SystemTime()
}

// awaitReleased waits until the workers have what some sources sent.
func awaitReleased(b *testing.B, l relay.Log, sources []string, last uint64) {
	b.Helper()
	for _, source := range sources {
		for {
			v, err := l.Get(b.Context(), "marks/"+source)
			if err != nil && b.Context().Err() != nil {
				b.Fatal(err)
			}
			if len(v) > 0 && strings.Contains(string(v[0].Data), fmt.Sprintf(`"last":%d,`, last)) {
				break
			}
			must.Do(b, pause.For(b.Context(), 10*time.Millisecond))
		}
	}
}

// benchWorkers measures how the work divides among two workers, and how long the other one takes to
// take over when one is killed. Workers are processes, so that each has its own CPU time.
func benchWorkers(b *testing.B) {
	const blocks, size = 4, 250
	var sources []string
	count := map[int]int{} // by partition
	for i := 0; len(sources) < 2*relay.Partitions; i++ {
		if s := fmt.Sprintf("pod-%d.%08x", i, i); count[relay.Partition(s)] < 2 { // the same work in each partition
			count[relay.Partition(s)]++
			sources = append(sources, s)
		}
	}
	run := func(n int) (busiest time.Duration, takeOver time.Duration) {
		hubs, l := benchHub(b, 1)
		workers := startWorkers(b, hubs[0].Addr().String(), n)
		if n > 1 { // until they have divided the sources
			awaitShares(b, l, n)
		}
		pos := make([]relay.Position, len(sources))
		codec := relay.NewCodec()
		r := rand.New(rand.NewPCG(1, 1))
		send := func(s int, after uint64, n int) {
			list := make([]*flow.Flow, n)
			for i := range list {
				f := sample(r, i)
				f.Last = flow.Seq(after) + flow.Seq(i) + 1
				list[i] = &f
			}
			data := must.Get(codec.Encode(after, nil, list))
			e := &relay.Entry{Source: sources[s], After: after, Last: after + uint64(n), Data: data}
			pos[s] = must.Get(l.Append(b.Context(), e, pos[s]))
		}
		for k := range uint64(blocks) {
			for s := range sources {
				send(s, k*size, size)
			}
		}
		awaitReleased(b, l, sources, blocks*size)
		if n == 1 {
			return end(b, workers[0]), 0
		}
		busiest = max(end(b, workers[0]), end(b, workers[1]))
		workers = startWorkers(b, hubs[0].Addr().String(), n)
		awaitShares(b, l, n)
		start := time.Now()
		workers[0].Process.Kill()
		for s := range sources {
			send(s, blocks*size, 1)
		}
		awaitReleased(b, l, sources, blocks*size+1)
		return busiest, time.Since(start)
	}
	one, _ := run(1)
	two, takeOver := run(2)
	report(b, "two workers: CPU of the busier one, of one alone", two.Seconds()/one.Seconds(), .6, false)
	b.Logf("%-60s %10.2f", "worker: flows a second of CPU, stored and learned", float64(blocks*size*len(sources))/one.Seconds())
	report(b, "take-over after kill -9: seconds until all is released", takeOver.Seconds(), 5, false)
}

// awaitShares waits until n workers have divided the partitions.
func awaitShares(b *testing.B, l relay.Log, n int) {
	b.Helper()
	for {
		v, err := l.Get(b.Context(), "leases")
		if err == nil && len(v) > 0 {
			var leases struct {
				Owners map[string]string `json:"owners"`
			}
			must.Do(b, json.Unmarshal(v[0].Data, &leases))
			share := map[string]int{}
			for _, name := range leases.Owners {
				share[name]++
			}
			if len(share) == n && len(leases.Owners) == relay.Partitions && slices.Max(slices.Collect(maps.Values(share))) == relay.Partitions/n {
				return
			}
		}
		must.Do(b, pause.For(b.Context(), 10*time.Millisecond))
	}
}

// freeAddresses returns addresses that nobody listens on at present.
func freeAddresses(b testing.TB, n int) []string {
	b.Helper()
	var list []string
	for range n {
		l := must.Get(net.Listen("tcp", "127.0.0.1:0"))
		defer l.Close()
		list = append(list, l.Addr().String())
	}
	return list
}
