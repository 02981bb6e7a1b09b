package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/store"
)

// BenchmarkGateway calls a tool of a real MCP server: directly, and through the gateway with one
// rule and with a thousand, over stdio and over HTTP; over HTTP also through a proxy that only
// forwards. The calls take turns, so that all see the same machine. It reports the time of a direct
// call and what each of the others adds, in microseconds, at the median and at the 99th percentile.
func BenchmarkGateway(b *testing.B) {
	dir := b.TempDir()
	server := benchServer(b, dir)
	one, many := benchPolicies()
	b.Run("stdio", func(b *testing.B) {
		gateway := func(name, policy string) []string {
			return append(benchGateway(b, dir, "stdio-"+name, policy), append([]string{"--"}, server...)...)
		}
		compareGateway(b, startServer(b, server), benchWay{"", startServer(b, gateway("one", one))}, benchWay{"1000-rules-", startServer(b, gateway("many", many))})
	})
	b.Run("http", func(b *testing.B) {
		direct := startHTTP(b, append(server, "--http", "127.0.0.1:0", "--no-token"))
		gateway := func(name, policy string) benchCaller {
			return startHTTP(b, append(benchGateway(b, dir, "http-"+name, policy), "--upstream", direct.url, "--http", "127.0.0.1:0", "--no-token"))
		}
		compareGateway(b, direct, benchWay{"", gateway("one", one)}, benchWay{"1000-rules-", gateway("many", many)},
			benchWay{"bare-proxy-", startHTTP(b, []string{"bareproxy", direct.url})})
	})
}

// benchServer returns the command of an MCP server.
func benchServer(b *testing.B, dir string) []string {
	db := filepath.Join(dir, "flows.db")
	st := must(store.Open(db, store.Options{Create: true}))
	must(st.Append(b.Context(), testFlow("/v1/things/1")))
	st.Close()
	return []string{"spectap", "mcp", "--db", db}
}

// benchPolicies returns a policy with one rule, and one with a thousand more.
func benchPolicies() (one, many string) {
	one = "version: 1\ntools:\n  list_hosts: {rate_limit: 1000000/minute, deny_if: [{path: args.x, op: eq, value: 1, optional: true}]}\n"
	var b strings.Builder
	b.WriteString(one)
	for i := range 1000 {
		fmt.Fprintf(&b, "  \"tool_%d_*\": {require: [{path: args.x, op: eq, value: 1}]}\n", i)
	}
	return one, b.String()
}

// benchGateway returns the command of a gateway without its server.
func benchGateway(b *testing.B, dir, name, policy string) []string {
	path := filepath.Join(dir, name+".yaml")
	noError(b, os.WriteFile(path, []byte(policy), 0o600))
	return []string{"spectap", "gateway", "--policy", path, "--audit", path + ".audit", "--state", path + ".state"}
}

// benchCaller is an MCP server to call.
type benchCaller interface {
	call(id int)
}

// benchWay is a path to an MCP server with a name for the results.
type benchWay struct {
	name string
	benchCaller
}

// compareGateway measures calls of a server directly and by other ways, in at least minRounds
// rounds: of fewer, the 99th percentile would be the slowest.
func compareGateway(b *testing.B, direct benchCaller, ways ...benchWay) {
	const minRounds = 200
	ways = append([]benchWay{{"direct", direct}}, ways...)
	times := make([][]time.Duration, len(ways))
	round := func() {
		for k, s := range ways {
			begun := time.Now()
			s.call(len(times[0]))
			times[k] = append(times[k], time.Since(begun))
		}
	}
	for b.Loop() {
		round()
	}
	for len(times[0]) < minRounds { // Loop must not be called again
		round()
	}
	for _, q := range []struct {
		name  string
		share float64
	}{{"p50", 0.5}, {"p99", 0.99}} {
		var base float64
		for k, t := range times {
			slices.Sort(t)
			at := float64(t[min(len(t)-1, int(q.share*float64(len(t))))].Nanoseconds()) / 1000
			if k == 0 {
				base = at
				b.ReportMetric(base, "direct-"+q.name+"-µs")
				continue
			}
			b.ReportMetric(at-base, "added-"+ways[k].name+q.name+"-µs")
		}
	}
	b.ReportMetric(0, "ns/op")
}

// serveBareProxy runs a proxy in front of the URL in the arguments that only forwards: what HTTP
// costs with the same library.
func serveBareProxy() {
	target := must(url.Parse(os.Args[1]))
	target.Path = ""
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	fmt.Fprintf(os.Stderr, "MCP at http://%s/mcp\n", listener.Addr())
	panic(http.Serve(listener, httputil.NewSingleHostReverseProxy(target)))
}

// httpServer is an MCP server over HTTP that was started as a process.
type httpServer struct {
	b       *testing.B
	url     string
	session string
	pid     int
	client  *http.Client
}

func startHTTP(b *testing.B, command []string) *httpServer {
	b.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	notes := must(cmd.StderrPipe())
	noError(b, cmd.Start())
	b.Cleanup(func() { cmd.Process.Signal(os.Interrupt); io.Copy(io.Discard, notes); cmd.Wait() })
	s := &httpServer{b: b, pid: cmd.Process.Pid, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}}
	lines := bufio.NewScanner(notes)
	for s.url == "" && lines.Scan() {
		_, s.url, _ = strings.Cut(lines.Text(), "MCP at ")
	}
	s.request(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"b","version":"1"}}}`, `"protocolVersion"`)
	s.request(`{"jsonrpc":"2.0","method":"notifications/initialized"}`, "")
	return s
}

func (s *httpServer) call(id int) {
	s.request(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"list_hosts","arguments":{}}}`, id), "a.example")
}

func (s *httpServer) request(text, answer string) {
	req := must(http.NewRequest(http.MethodPost, s.url, strings.NewReader(text)))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	if s.session != "" {
		req.Header.Set("Mcp-Session-Id", s.session)
	}
	resp := must(s.client.Do(req))
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode > 202 || !bytes.Contains(body, []byte(answer)) {
		s.b.Fatalf("%s\nwas answered %d %s %v", text, resp.StatusCode, body, err)
	}
	if s.session == "" {
		s.session = resp.Header.Get("Mcp-Session-Id")
	}
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
	in := must(cmd.StdinPipe())
	out := must(cmd.StdoutPipe())
	cmd.Stderr = os.Stderr
	noError(b, cmd.Start())
	b.Cleanup(func() { in.Close(); io.Copy(io.Discard, out); cmd.Wait() })
	s := &stdioServer{b, in, bufio.NewReader(out)}
	s.request(`{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"b","version":"1"}}}`, `"id":"hello"`)
	return s
}

func (s *stdioServer) call(id int) {
	s.request(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"list_hosts","arguments":{}}}`, id), fmt.Sprintf(`"id":%d,`, id))
}

func (s *stdioServer) request(text, answer string) {
	must(io.WriteString(s.in, text+"\n"))
	for {
		line := must(s.out.ReadBytes('\n'))
		if bytes.Contains(line, []byte(answer)) {
			if bytes.Contains(line, []byte("POLICY DENIED")) {
				s.b.Fatalf("denied: %s", line)
			}
			return
		}
	}
}
