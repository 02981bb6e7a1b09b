package capture

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// dialVar names the addresses to which the test binary connects instead of running tests.
const dialVar = "BYPASS_TEST_DIAL"

// TestMain connects to addresses if the environment names them, and stays connected until stdin
// ends.
func TestMain(m *testing.M) {
	addrs, ok := os.LookupEnv(dialVar)
	if !ok {
		os.Exit(m.Run())
	}
	for addr := range strings.SplitSeq(addrs, " ") {
		if _, err := net.Dial("tcp", addr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	fmt.Println("connected")
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// listen accepts connections and keeps them.
func listen(t *testing.T, addr string) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Skip(err) // no IPv6 here
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
		}
	}()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// TestLook lets a grandchild connect to the proxy and to other addresses, and checks that the
// observation has its connections, but not those of other processes, such as this one.
func TestLook(t *testing.T) {
	proxy, direct, other, six := listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0"), listen(t, "[::1]:0")
	if c, err := net.Dial("tcp", other.String()); err == nil {
		defer c.Close()
	}
	// The shell waits for its child, and so is its parent.
	c := exec.Command("sh", "-c", os.Args[0]+"; true")
	c.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %s %s", dialVar, proxy, direct, direct, six))
	c.Stderr = os.Stderr
	in := must.Get(c.StdinPipe())
	out := must.Get(c.StdoutPipe())
	must.Do(t, c.Start())
	w := newWatcher(c.Process.Pid, proxy)
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "connected\n" {
		t.Fatal(line, err)
	}
	w.look()
	w.look() // counts no connection twice
	in.Close()
	c.Wait()
	got := w.Stop()
	if len(got) != 1 || !got[0].Proxied || got[0].Connections != 3 ||
		fmt.Sprint(got[0].Direct) != fmt.Sprint([]netip.AddrPort{direct, six}) {
		t.Errorf("got %+v, want direct %v %v", got, direct, six)
	}
	w.look() // after the end
	if len(w.known) != 0 {
		t.Errorf("known after the end: %v", w.known)
	}
}

// TestWatchEnds starts and stops the observation of a process.
func TestWatchEnds(t *testing.T) {
	if got := watchBypass(os.Getpid(), netip.MustParseAddrPort("127.0.0.1:1")).Stop(); len(got) > 1 {
		t.Errorf("one process was observed: %+v", got)
	}
}

// TestAdvice checks the advice about programs.
func TestAdvice(t *testing.T) {
	local, remote := netip.MustParseAddrPort("127.0.0.1:3000"), netip.MustParseAddrPort("192.0.2.1:443")
	for _, tt := range []struct {
		name    string
		program bypassProgram
		text    string
		advice  string
		missed  bool
	}{
		{"a service of this machine", bypassProgram{Name: "server", Direct: []netip.AddrPort{local}, Connections: 3},
			"server to 127.0.0.1:3000, 3 connections", "--transparent", false},
		{"HTTPS elsewhere", bypassProgram{Name: "python3.11", Direct: []netip.AddrPort{remote, local}, Connections: 2},
			"python3.11 to 192.0.2.1:443, 127.0.0.1:3000", "--reverse URL", true},
		{"HTTP elsewhere", bypassProgram{Name: "x", Direct: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:80")}, Connections: 1},
			"x to 192.0.2.1:80", "--transparent", true},
		{"HTTPS of this machine", bypassProgram{Name: "x", Direct: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:443")}, Connections: 1},
			"x to 127.0.0.1:443", "--transparent", false},
		{"a browser", bypassProgram{Name: "firefox", Direct: []netip.AddrPort{remote}, Connections: 1},
			"firefox to 192.0.2.1:443", "spectap browser URL", true},
		{"a browser on this machine", bypassProgram{Name: "Chrome", Direct: []netip.AddrPort{local}, Connections: 1},
			"Chrome to 127.0.0.1:3000", "spectap browser URL", true},
		{"a driver of browsers", bypassProgram{Name: "chromedriver", Direct: []netip.AddrPort{local}, Connections: 1},
			"chromedriver to 127.0.0.1:3000", "--transparent", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.program.String(); got != tt.text {
				t.Errorf("got %s", got)
			}
			if got := tt.program.Advice(); !strings.Contains(got, tt.advice) {
				t.Errorf("got %s", got)
			}
			if got := tt.program.Missed(); got != tt.missed {
				t.Errorf("missed: %v", got)
			}
		})
	}
}

// TestProcessWithoutParent observes a process whose parent has ended and whose file was removed.
// The name of the file looks like fields of the kernel's tables.
func TestProcessWithoutParent(t *testing.T) {
	proxy := listen(t, "127.0.0.1:0")
	program := must.Get(os.ReadFile(os.Args[0]))
	path := filepath.Join(t.TempDir(), "a) S 1 (b")
	must.Do(t, os.WriteFile(path, program, 0o700))
	c := exec.Command("sh", "-c", `exec 3<&0; "$0" <&3 & wait`, path)
	c.Env = append(os.Environ(), dialVar+"="+proxy.String())
	in := must.Get(c.StdinPipe())
	defer in.Close()
	out := must.Get(c.StdoutPipe())
	must.Do(t, c.Start())
	w := newWatcher(c.Process.Pid, proxy)
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "connected\n" {
		t.Fatal(line, err)
	}
	must.Do(t, os.Remove(path))
	w.look()
	c.Process.Kill()
	c.Wait()
	w.findProcesses()
	if len(w.known) != 1 || w.known[c.Process.Pid] != 0 {
		t.Errorf("known after the end of the parent: %v", w.known)
	}
	for pid := range w.known {
		w.known[pid]++ // as if another process had its number now
	}
	w.findProcesses()
	if len(w.known) != 0 {
		t.Errorf("known with another start: %v", w.known)
	}
	if got := w.Stop(); len(got) != 1 || got[0].Name != "a) S 1 (b" || !got[0].Proxied || got[0].Connections != 0 {
		t.Errorf("got %+v", got)
	}
}
