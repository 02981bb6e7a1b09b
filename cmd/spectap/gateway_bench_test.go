package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/store"
)

// BenchmarkGateway calls a tool of a real MCP server over stdio: directly, and through the gateway
// with one rule and with a thousand. The calls take turns, so that all see the same machine. It
// reports the time of a direct call and what the gateway adds, in microseconds, at the median and
// at the 99th percentile.
func BenchmarkGateway(b *testing.B) {
	dir := b.TempDir()
	db := filepath.Join(dir, "flows.db")
	st, err := store.Open(db, store.Options{Create: true})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := st.Append(b.Context(), testFlow("/v1/things/1")); err != nil {
		b.Fatal(err)
	}
	st.Close()
	server := []string{"spectap", "mcp", "--db", db}
	through := func(name, policy string) []string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(policy), 0o600); err != nil {
			b.Fatal(err)
		}
		return append([]string{"spectap", "gateway", "--policy", path, "--audit", path + ".audit", "--state", path + ".state", "--"}, server...)
	}
	const allowed = "version: 1\ntools:\n  list_hosts: {rate_limit: 1000000/minute, deny_if: [{path: args.x, op: eq, value: 1, optional: true}]}\n"
	var many strings.Builder
	many.WriteString(allowed)
	for i := range 1000 {
		fmt.Fprintf(&many, "  \"tool_%d_*\": {require: [{path: args.x, op: eq, value: 1}]}\n", i)
	}
	direct, one, thousand := startServer(b, server), startServer(b, through("one.yaml", allowed)), startServer(b, through("many.yaml", many.String()))
	var times [3][]time.Duration
	for i := 0; b.Loop() || i < 200; i++ {
		for k, s := range []*stdioServer{direct, one, thousand} {
			begun := time.Now()
			s.call(i)
			times[k] = append(times[k], time.Since(begun))
		}
	}
	at := func(d []time.Duration, share float64) float64 {
		slices.Sort(d)
		return float64(d[min(len(d)-1, int(share*float64(len(d))))].Nanoseconds()) / 1000
	}
	for _, q := range []struct {
		name  string
		share float64
	}{{"p50", 0.5}, {"p99", 0.99}} {
		base := at(times[0], q.share)
		b.ReportMetric(base, "direct-"+q.name+"-µs")
		b.ReportMetric(at(times[1], q.share)-base, "added-"+q.name+"-µs")
		b.ReportMetric(at(times[2], q.share)-base, "added-1000-rules-"+q.name+"-µs")
	}
	b.ReportMetric(0, "ns/op")
}

// stdioServer is an MCP server that was started as a process.
type stdioServer struct {
	b   *testing.B
	in  io.Writer
	out *bufio.Reader
}

func startServer(b *testing.B, command []string) *stdioServer {
	b.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); io.Copy(io.Discard, out); cmd.Wait() })
	s := &stdioServer{b, in, bufio.NewReader(out)}
	s.request(`{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"b","version":"1"}}}`, `"id":"hello"`)
	return s
}

func (s *stdioServer) call(id int) {
	s.request(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"list_hosts","arguments":{}}}`, id), fmt.Sprintf(`"id":%d,`, id))
}

func (s *stdioServer) request(text, answer string) {
	if _, err := io.WriteString(s.in, text+"\n"); err != nil {
		s.b.Fatal(err)
	}
	for {
		line, err := s.out.ReadBytes('\n')
		if err != nil {
			s.b.Fatal(err)
		}
		if bytes.Contains(line, []byte(answer)) {
			if bytes.Contains(line, []byte("POLICY DENIED")) {
				s.b.Fatalf("denied: %s", line)
			}
			return
		}
	}
}
