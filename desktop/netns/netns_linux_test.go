package netns

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/spectap/spectap/internal/test/must"
)

// TestMain makes the test the helper of its own commands.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "inside" {
		if err := Inside(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// inSpace runs a script of bash in a space, and returns its status and what it prints. It skips a
// test where there are no namespaces.
func inSpace(t *testing.T, s *Space, connect func(netip.AddrPort) (net.Conn, error), serve func(net.Conn, netip.AddrPort, net.Conn), covers []Cover, script string) (int, string) {
	t.Helper()
	self := must.Get(os.Executable())
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	var out bytes.Buffer
	if connect == nil {
		connect = func(netip.AddrPort) (net.Conn, error) { return nil, nil }
	}
	err = s.Start(Config{
		Helper: []string{self, "inside"}, Path: bash, Args: []string{"bash", "-c", script}, Env: os.Environ(),
		Streams: func(c *exec.Cmd) { c.Stdout, c.Stderr = &out, &out }, Covers: covers, Connect: connect, Serve: serve,
	})
	if denied := (*DeniedError)(nil); errors.As(err, &denied) {
		t.Skipf("%v; try: %s", err, denied.Try)
	}
	must.Do(t, err)
	status := must.Get(s.Wait())
	return status, out.String()
}

// TestSpace checks which connections reach the caller, which traffic does not leave, and the
// environment of the command, with and without a user namespace.
func TestSpace(t *testing.T) {
	dir := t.TempDir()
	own, system := filepath.Join(dir, "own"), filepath.Join(dir, "system")
	for path, text := range map[string]string{own: "covered\n", system: "the system's\n"} {
		must.Do(t, os.WriteFile(path, []byte(text), 0o644))
	}
	host := must.Get(net.Listen("tcp", "127.0.0.1:0"))
	defer host.Close()
	go func() {
		for c, err := host.Accept(); err == nil; c, err = host.Accept() {
			io.WriteString(c, "outside\n")
			c.Close()
		}
	}()
	for _, user := range []bool{false, true} {
		t.Run(fmt.Sprintf("user %v", user), func(t *testing.T) {
			s := &Space{user: user}
			serve := func(c net.Conn, to netip.AddrPort, _ net.Conn) {
				defer c.Close()
				if !to.Addr().IsLoopback() {
					fmt.Fprintln(c, "to", to)
					return
				}
				up, err := s.Dial(t.Context(), "tcp", to.String())
				if err != nil {
					fmt.Fprintln(c, err)
					return
				}
				defer up.Close()
				io.Copy(c, up)
			}
			ipv6 := ""
			if hasIPv6() {
				ipv6 = "cat </dev/tcp/2001:db8::5/8443; "
			}
			status, out := inSpace(t, s, nil, serve, []Cover{{File: own, Over: []string{system, filepath.Join(dir, "missing")}}}, ipv6+
				`cat </dev/tcp/192.0.2.7/80; cat </dev/tcp/127.0.0.1/`+port(host.Addr())+`; cat `+system+`; id -u; pwd; `+
				`exec 3<>/dev/udp/192.0.2.7/443; echo x >&3; read -t 9 -u 3 || echo UDP refused; `+
				`(sleep 1000 &) ; (setsid sleep 1000 &) ; kill -9 $$`)
			want := "to 192.0.2.7:80\noutside\ncovered\n" + fmt.Sprintln(os.Geteuid())
			if ipv6 != "" {
				want = "to [2001:db8::5]:8443\n" + want
			}
			cwd, _ := os.Getwd()
			want += cwd + "\n"
			if !strings.HasPrefix(out, want) || !strings.HasSuffix(out, "UDP refused\n") || status != 128+9 {
				t.Errorf("status %d, output\n%s\nwant\n%s", status, out, want)
			}
			if data, err := os.ReadFile(system); err != nil || string(data) != "the system's\n" {
				t.Errorf("outside, the covered file is %q, %v", data, err)
			}
		})
	}
}

// TestConnect checks what the command sees of a connection to an address that refuses, cannot be
// reached, gives no answer, or answers.
func TestConnect(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip(err)
	}
	connect := func(to netip.AddrPort) (net.Conn, error) {
		switch to.Port() {
		case 1:
			return nil, syscall.ECONNREFUSED
		case 2:
			return nil, syscall.EHOSTUNREACH
		case 3:
			return nil, os.ErrDeadlineExceeded
		}
		ours, theirs := net.Pipe()
		go func() {
			fmt.Fprintln(theirs, "to", to)
			theirs.Close()
		}()
		return ours, nil
	}
	serve := func(c net.Conn, to netip.AddrPort, upstream net.Conn) {
		io.Copy(c, upstream)
		c.Close()
	}
	for _, user := range []bool{false, true} {
		_, out := inSpace(t, &Space{user: user}, connect, serve, nil, `python3 -c '
import socket
for host in "192.0.2.7", "127.0.0.1", "::1":
	for port in 1, 2, 3, 4:
		try: print(socket.create_connection((host, port), timeout=1).makefile().read(), end="")
		except OSError as e: print(type(e).__name__, e)'`)
		want := ""
		for _, to := range []string{"192.0.2.7", "127.0.0.1", "[::1]"} {
			want += "ConnectionRefusedError [Errno 111] Connection refused\nOSError [Errno 113] No route to host\n" +
				"TimeoutError timed out\nto " + to + ":4\n"
		}
		if out != want {
			t.Errorf("user %v: output\n%s\nwant\n%s", user, out, want)
		}
	}
}

func port(a net.Addr) string {
	_, p, _ := net.SplitHostPort(a.String())
	return p
}

// TestInside checks that a server of the command takes precedence over a server of the machine at
// the same address.
func TestInside(t *testing.T) {
	s := &Space{}
	answers := make(chan string, 1)
	serve := func(c net.Conn, to netip.AddrPort, _ net.Conn) {
		defer c.Close()
		up, err := s.Dial(t.Context(), "tcp", to.String())
		if err != nil {
			answers <- err.Error()
			return
		}
		defer up.Close()
		line, _ := bufio.NewReader(up).ReadString('\n')
		answers <- line
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip(err)
	}
	// A connection of the server to itself, at an address that only it has.
	status, out := inSpace(t, s, nil, serve, nil, `python3 -c '
import socket
l = socket.create_server(("127.0.0.1", 0))
c = socket.create_connection(l.getsockname())
a, _ = l.accept()
a.sendall(b"inside\n")
c.recv(1)'`)
	select {
	case got := <-answers:
		if got != "inside\n" || status != 0 {
			t.Errorf("got %q, status %d, %s", got, status, out)
		}
	case <-time.After(time.Minute):
		t.Fatalf("no connection came; status %d, %s", status, out)
	}
}

// TestResolver checks that a command gets the answers of the machine's name server when it asks any
// server, and that the names of its connections are then known.
func TestResolver(t *testing.T) {
	server := must.Get(net.ListenPacket("udp", "127.0.0.1:0"))
	defer server.Close()
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(buf)
			if err != nil {
				return
			}
			server.WriteTo(answer(t, buf[:n]), from)
		}
	}()
	s := &Space{}
	s.names.servers = func() []netip.AddrPort { return []netip.AddrPort{netip.MustParseAddrPort(server.LocalAddr().String())} }
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip(err)
	}
	var query dnsmessage.Message
	query.ID, query.RecursionDesired = 7, true
	query.Questions = []dnsmessage.Question{{Name: dnsmessage.MustNewName("api.shop.example."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}}
	packed := must.Get(query.Pack())
	status, out := inSpace(t, s, nil, nil, nil, fmt.Sprintf(`python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(60)
s.connect(("192.0.2.53", 53))
s.send(bytes.fromhex("%x"))
print(s.recv(512)[-4:].hex())'`, packed))
	if status != 0 || out != "c6336407\n" {
		t.Errorf("status %d, %q", status, out)
	}
	if host, ok := s.Name(netip.MustParseAddrPort("198.51.100.7:443"), "API.shop.example", false); !ok || host != "api.shop.example" {
		t.Errorf("the host is %q, %v", host, ok)
	}
}

// answer answers a query with one address.
func answer(t *testing.T, query []byte) []byte {
	var m dnsmessage.Message
	must.Do(t, m.Unpack(query))
	m.Response = true
	m.Answers = []dnsmessage.Resource{{
		Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Class: dnsmessage.ClassINET, TTL: 60},
		Body:   &dnsmessage.AResource{A: [4]byte{198, 51, 100, 7}},
	}}
	b, err := m.Pack()
	if err != nil {
		t.Error(err)
	}
	return b
}
