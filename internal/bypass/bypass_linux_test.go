package bypass

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
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

// TestLook lets a grandchild connect to the proxy and to others, and checks what is seen of it: not
// the connections of other processes, such as this one.
func TestLook(t *testing.T) {
	proxy, direct, other, six := listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0"), listen(t, "[::1]:0")
	if c, err := net.Dial("tcp", other.String()); err == nil {
		defer c.Close()
	}
	// The shell waits for its child, and so is its parent.
	c := exec.Command("sh", "-c", os.Args[0]+"; true")
	c.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %s %s", dialVar, proxy, direct, direct, six))
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	w := newWatcher(c.Process.Pid, proxy)
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "connected\n" {
		t.Fatal(line, err)
	}
	w.look()
	w.look() // counts no connection twice
	in.Close()
	c.Wait()
	got := w.Stop()
	if len(got) != 1 || !got[0].Proxied || got[0].Kind != Go || got[0].Connections != 3 ||
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
	if got := Watch(os.Getpid(), netip.MustParseAddrPort("127.0.0.1:1")).Stop(); len(got) > 1 {
		t.Errorf("one process was observed: %+v", got)
	}
}

// TestConnected counts connections of programs of all kinds.
func TestConnected(t *testing.T) {
	proxy, a, b := netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("192.0.2.1:443"), netip.MustParseAddrPort("192.0.2.2:443")
	for _, tt := range []struct {
		name string
		kind Kind
		to   []netip.AddrPort
		udp  bool
		want Program
	}{
		{"only the proxy", Go, []netip.AddrPort{proxy}, false, Program{Proxied: true}},
		{"both", Go, []netip.AddrPort{proxy, b, a, b}, false, Program{Proxied: true, Connections: 3, Direct: []netip.AddrPort{a, b}}},
		{"QUIC", Go, []netip.AddrPort{a}, true, Program{Connections: 1, QUIC: true, Direct: []netip.AddrPort{a}}},
		{"a browser", Chromium, []netip.AddrPort{a}, false, Program{Connections: 1, Direct: []netip.AddrPort{a}}},
		{"a browser that asks for a route", Firefox, []netip.AddrPort{a}, true, Program{}},
	} {
		w := newWatcher(1, proxy)
		for _, to := range tt.to {
			w.connected("/bin/program", func() Kind { return tt.kind }, to, tt.udp)
		}
		tt.want.Name, tt.want.Kind = "program", tt.kind
		if got := w.Stop(); len(got) != 1 || !reflect.DeepEqual(got[0], tt.want) {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
	w := newWatcher(1, proxy)
	for i := range maxPrograms + 1 {
		for port := range uint16(maxAddresses + 1) {
			w.connected(fmt.Sprintf("/bin/p%04d", i), func() Kind { return Go }, netip.AddrPortFrom(a.Addr(), port+1), false)
		}
	}
	got := w.Stop()
	if len(got) != maxPrograms || got[0].Name != "p0000" || len(got[0].Direct) != maxAddresses || got[0].Connections != maxAddresses+1 {
		t.Errorf("%d programs, the first is %+v", len(got), got[0])
	}
}

// TestTable reads a table of sockets with lines that cannot be read.
func TestTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tcp")
	text := "  sl  local_address rem_address   st\n" +
		"   0: 0100007F:1F90 0200007F:01BB 01 00000000:00000000 00:00000000 00000000     0        0 77\n" +
		"   1: 0100007F:1F90 junk 01 00000000:00000000 00:00000000 00000000     0        0 78 1\n" +
		"   2: 0100007F:1F90 0200007F:01BB 01 00000000:00000000 00:00000000 00000000     0        0 junk 1\n" +
		"   3: 0100007F:1F90 0200007F:01BB\n" +
		"   4: 0300007F:1F91 0400007F:01BC 0A 00000000:00000000 00:00000000 00000000     0        0 79 1 x y\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var got []string
	note := func(from, to netip.AddrPort, state string, inode uint64) {
		got = append(got, fmt.Sprint(from, " ", to, " ", state, " ", inode))
	}
	readTable(path, note)
	readTable(path+".none", note)
	want := []string{"127.0.0.1:8080 127.0.0.2:443 01 77", "127.0.0.3:8081 127.0.0.4:444 0A 79"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestAdvice checks what is said about programs.
func TestAdvice(t *testing.T) {
	local, remote := netip.MustParseAddrPort("127.0.0.1:3000"), netip.MustParseAddrPort("192.0.2.1:443")
	for _, tt := range []struct {
		name    string
		program Program
		text    string
		advice  string
		missed  bool
	}{
		{"Go and localhost", Program{Name: "server", Kind: Go, Direct: []netip.AddrPort{local}, Connections: 3},
			"server (Go) to 127.0.0.1:3000, 3 connections", "http://api.localhost:3000", false},
		{"Go elsewhere", Program{Name: "server", Kind: Go, Direct: []netip.AddrPort{remote}, Connections: 1},
			"server (Go) to 192.0.2.1:443", "http.ProxyFromEnvironment", true},
		{"a database", Program{Name: "psql", Direct: []netip.AddrPort{local}, Connections: 1},
			"psql to 127.0.0.1:3000", "--reverse http://127.0.0.1:3000", false},
		{"aiohttp", Program{Name: "python3.11", Kind: Python, Direct: []netip.AddrPort{remote}, Connections: 1},
			"python3.11 to 192.0.2.1:443", "trust_env=True", true},
		{"a browser", Program{Name: "firefox", Kind: Firefox, Direct: []netip.AddrPort{remote}, Connections: 1},
			"firefox to 192.0.2.1:443", "spectap browser URL", true},
		{"HTTP/3", Program{Name: "x", QUIC: true, Direct: []netip.AddrPort{remote}, Connections: 1}, "x to 192.0.2.1:443", "HTTP/3", true},
		{"never seen", Program{Name: "x", Kind: Go}, "x (Go)", "api.localhost:PORT", false},
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

// TestGnuTLS checks that a program with GnuTLS is known by its file.
func TestGnuTLS(t *testing.T) {
	path, err := exec.LookPath("wget")
	if err != nil {
		t.Skip(err)
	}
	if libraries, err := exec.Command("ldd", path).Output(); err != nil || !strings.Contains(string(libraries), "libgnutls") {
		t.Skip("wget without GnuTLS here")
	}
	if p := Command(path); p.Kind != GnuTLS {
		t.Errorf("got %+v", p)
	}
	if needsGnuTLS(t.TempDir()) || needsGnuTLS("/dev/null") {
		t.Error("no program needs GnuTLS")
	}
}
