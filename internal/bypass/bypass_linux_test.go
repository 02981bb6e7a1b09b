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
		"   3: 0100007F:1F90 0200007F:01BB 01 00000000:00000000 00:00000000 00000000     0        0\n" +
		"   5: 0100007F01000000:1F90 0200007F:01BB 01 00000000:00000000 00:00000000 00000000     0        0 80 1\n" +
		"   6: 0100007F:11F90 0200007F:01BB 01 00000000:00000000 00:00000000 00000000     0        0 81 1\n" +
		"   7: B80D0120000000000000000001000000:FFFF 0000000000000000FFFF00000500007F:0001 02 00000000:00000000 " +
		"00:00000000 00000000     0        0 82 1\n" +
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
	want := []string{"127.0.0.1:8080 127.0.0.2:443 01 77", "[2001:db8::1]:65535 127.0.0.5:1 02 82", "127.0.0.3:8081 127.0.0.4:444 0A 79"}
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
		{"never seen", Program{Name: "x", Kind: Go}, "x (Go)", "api.localhost:PORT instead of localhost, for which Go", false},
		{"Ruby, never seen", Program{Name: "rails", Kind: Ruby}, "rails (Ruby)", "for which Ruby uses no proxy", false},
		{"Ruby and localhost", Program{Name: "rails", Kind: Ruby, Direct: []netip.AddrPort{remote, local}, Connections: 2},
			"rails (Ruby) to 192.0.2.1:443, 127.0.0.1:3000", "http://api.localhost:3000, because Ruby", true},
		{"Ruby elsewhere", Program{Name: "rails", Kind: Ruby, Direct: []netip.AddrPort{remote}, Connections: 1},
			"rails (Ruby) to 192.0.2.1:443", "spectap proxy --reverse https://HOST ", true},
		{"Java and localhost", Program{Name: "java", Kind: Java, Direct: []netip.AddrPort{local}, Connections: 1},
			"java to 127.0.0.1:3000", "useSystemProperties), or spectap proxy --reverse http://127.0.0.1:3000 ", false},
		{"Node.js", Program{Name: "node", Kind: Node, Direct: []netip.AddrPort{remote, local}, Connections: 2},
			"node (Node.js) to 192.0.2.1:443, 127.0.0.1:3000", "dispatcher of its own; or spectap proxy --reverse http://127.0.0.1:3000 ", true},
		{"HTTPS of this machine", Program{Name: "x", Direct: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:443")}, Connections: 1},
			"x to 127.0.0.1:443", "https://HOST", false},
		{"two addresses", Program{Name: "x", Direct: []netip.AddrPort{local, netip.MustParseAddrPort("127.0.0.1:4000")}, Connections: 2},
			"x to 127.0.0.1:3000, 127.0.0.1:4000", "--reverse http://127.0.0.1:3000 ", false},
		{"HTTP elsewhere", Program{Name: "x", Direct: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:80")}, Connections: 1},
			"x to 192.0.2.1:80", "spectap proxy --reverse http://192.0.2.1:80 ", true},
		{"a browser on this machine", Program{Name: "Chrome", Kind: Chromium, Direct: []netip.AddrPort{local}, Connections: 1},
			"Chrome (Chromium) to 127.0.0.1:3000", "spectap browser URL", true},
		{"a browser without connections", Program{Name: "firefox-esr", Kind: Firefox}, "firefox-esr", "spectap browser URL", false},
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

// TestTrust checks what is said about programs that do not trust the CA.
func TestTrust(t *testing.T) {
	for kind, want := range map[Kind]string{
		Chromium: "spectap browser URL", Firefox: "spectap browser URL", GnuTLS: "GnuTLS reads no variable", Java: "JAVA_TOOL_OPTIONS", Go: "RootCAs",
		Python: "or an option of it that names $SSL_CERT_FILE", "": "or an option of it that names $SSL_CERT_FILE",
	} {
		if got := (Program{Kind: kind}).Trust(); !strings.Contains(got, want) || kind == Python && strings.Contains(got, "GnuTLS") {
			t.Errorf("%s: %s", kind, got)
		}
	}
}

// TestKinds tells what programs are made with.
func TestKinds(t *testing.T) {
	for _, tt := range []struct {
		path, file, maps string
		want             Kind
	}{
		{"/opt/google/chrome/chrome", "", "", Chromium}, {"/opt/Google-Chrome-Beta", "", "", Chromium}, {"/bin/msedge", "", "", Chromium},
		{"/bin/brave", "", "", Chromium}, {"/x/headless_shell", "", "", Chromium}, {"/bin/firefox-esr", "", "", Firefox},
		{"/bin/chromedriver", "", "", ""}, {"/bin/java", "", "", Java}, {"/bin/node20", "", "", Node}, {"/x/Electron", "", "", Node},
		{"/bin/python3", "", "", Python}, {"/bin/ruby3.1", "", "", Ruby}, {"/bin/mypython", "", "", ""},
		{"/bin/x", "", "7f00 /usr/lib/jvm/lib/server/libjvm.so\n", Java}, {"/bin/x", "", "7f00 /usr/lib/libgnutls.so.30\n", GnuTLS},
		{"/bin/x", os.Args[0], "7f00 /usr/lib/libgnutls.so.30\n", Go}, {"/bin/x", os.Args[0], "7f00 /usr/lib/jvm/lib/server/libjvm.so\n", Java},
		{"/bin/x", os.Args[0], "", Go}, {"/bin/x", t.TempDir(), "", ""}, {"/bin/x", "/dev/null", "", ""}, {"/bin/x", "/nonexistent", "", ""},
	} {
		if got := kindOf(tt.path, tt.file, []byte(tt.maps)); got != tt.want {
			t.Errorf("%s, %s, %q: %q, want %q", tt.path, tt.file, tt.maps, got, tt.want)
		}
	}
	if p := Command(os.Args[0]); p.Kind != Go || p.Name != filepath.Base(os.Args[0]) {
		t.Errorf("of a command: %+v", p)
	}
}

// TestFreshSockets reads the tables of sockets: outgoing connections count once, as soon as they are
// about to be, and those of UDP only if they are of HTTP/3.
func TestFreshSockets(t *testing.T) {
	const format = "   0: 0100007F:%s 0200007F:%s %s 00000000:00000000 00:00000000 00000000     0        0 %d 1\n"
	dir := t.TempDir() + "/"
	for table, rows := range map[string][][4]any{
		"tcp": {
			{"8001", "01BB", "01", 1}, {"8002", "0050", "02", 2}, {"8003", "0050", "06", 3}, {"8004", "0050", "01", 0},
			{"1F90", "0000", "0A", 4}, {"1F90", "9001", "01", 5}, {"8006", "0050", "01", 6},
		},
		"tcp6": {{"8007", "1F90", "01", 7}, {"1F90", "9002", "01", 8}},
		"udp":  {{"8009", "01BB", "01", 9}, {"800A", "0035", "01", 10}, {"800B", "0000", "07", 11}, {"9001", "0000", "0A", 12}},
		"udp6": {{"800D", "01BB", "07", 13}},
	} {
		var text strings.Builder
		for _, r := range rows {
			fmt.Fprintf(&text, format, r[:]...)
		}
		if err := os.WriteFile(dir+table, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w := newWatcher(1, netip.AddrPort{})
	w.sockets[6] = true // noted before
	got := fmt.Sprint(w.freshSockets(dir))
	want := fmt.Sprint(map[uint64]remote{
		1: {netip.MustParseAddrPort("127.0.0.2:443"), false}, 2: {netip.MustParseAddrPort("127.0.0.2:80"), false},
		7: {netip.MustParseAddrPort("127.0.0.2:8080"), false}, 9: {netip.MustParseAddrPort("127.0.0.2:443"), true},
		13: {netip.MustParseAddrPort("127.0.0.2:443"), true},
	})
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestLookAtOwnSockets checks that what others open to a process is none of its connections.
func TestLookAtOwnSockets(t *testing.T) {
	proxy, direct := listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0")
	for _, to := range []string{"tcp " + proxy.String(), "tcp " + direct.String(), "udp 127.0.0.1:443", "udp 127.0.0.1:53"} {
		network, addr, _ := strings.Cut(to, " ")
		c, err := net.Dial(network, addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	w := newWatcher(os.Getpid(), proxy)
	w.look()
	got := w.Stop()
	want := []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:443"), direct}
	if len(got) != 1 || !got[0].Proxied || !got[0].QUIC || got[0].Connections != 2 || !reflect.DeepEqual(got[0].Direct, want) {
		t.Errorf("got %+v, want direct %v", got, want)
	}
	if watched := Watch(os.Getpid(), proxy).Stop(); !reflect.DeepEqual(watched, got) { // it looks once at least
		t.Errorf("watched %+v, want %+v", watched, got)
	}
}

// TestProcessWithoutParent observes a process whose parent has ended, and whose file, with a name
// that looks like fields of the tables of the kernel, is gone.
func TestProcessWithoutParent(t *testing.T) {
	proxy := listen(t, "127.0.0.1:0")
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a) S 1 (b")
	if err := os.WriteFile(path, program, 0o700); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("sh", "-c", `exec 3<&0; "$0" <&3 & wait`, path)
	c.Env = append(os.Environ(), dialVar+"="+proxy.String())
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
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
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
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
	if got := w.Stop(); len(got) != 1 || got[0].Name != "a) S 1 (b" || got[0].Kind != Go || !got[0].Proxied || got[0].Connections != 0 {
		t.Errorf("got %+v", got)
	}
}
