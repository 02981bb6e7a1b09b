package attack

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// namespaceEnv tells this test program that it runs in a network namespace of its own.
const namespaceEnv = "SPECTAP_ATTACK_NAMESPACE"

// namespace prepares the network: this machine has the address of a metadata service, private ones
// and a public one, and runs the test program again.
const namespace = `set -e
ip link set lo up
ip link add d0 type dummy
for a in 203.0.113.5/24 169.254.169.254/32 169.254.7.7/16 10.1.2.3/8 192.168.7.7/24 172.16.7.7/12 100.64.7.7/10; do ip addr add $a dev d0; done
ip -6 addr add fd00::7/64 dev d0 nodad
ip -6 addr add 2001:db8::5/64 dev d0 nodad
ip link set d0 up
exec "$0" -test.run='^TestRemoteClients$' -test.v
`

// A client on another machine reaches nothing behind the proxy but the Internet (threat 11).
func TestRemoteClients(t *testing.T) {
	if os.Getenv(namespaceEnv) != "" {
		remoteClients(t)
		return
	}
	for _, name := range []string{"unshare", "ip", "sh"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip(err)
		}
	}
	unshare := []string{"--net"}
	if os.Geteuid() != 0 {
		unshare = append(unshare, "--map-root-user")
	}
	if out, err := exec.Command("unshare", append(unshare, "ip", "link", "add", "d0", "type", "dummy")...).CombinedOutput(); err != nil {
		t.Skipf("no namespaces here: %v: %s", err, out)
	}
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	try(t, "in a network of their own", "asks a proxy of another machine for its private network", "it reaches public addresses only", func(a *attack) {
		cmd := exec.CommandContext(a.Context(), "unshare", append(unshare, "sh", "-c", namespace, own)...)
		cmd.Env = append(os.Environ(), namespaceEnv+"=1", "SPECTAP="+binary)
		out, err := cmd.CombinedOutput()
		if err != nil {
			a.breach("%v\n%s", err, out)
		}
		if !strings.Contains(string(out), "PASS: TestRemoteClients/") {
			a.breach("nothing was tried: %s", out)
		}
	})
}

// remoteClients attacks from an address that is not of loopback.
func remoteClients(t *testing.T) {
	const me = "203.0.113.5"
	private := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "private data") })
	l, err := net.Listen("tcp", "[::]:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: private}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	hosts := []string{
		"127.0.0.1", "127.9.9.9", "localhost", "LOCALHOST.", "app.localhost", "[::1]", "0.0.0.0", "[::]", "0", "127.1", "2130706433", "0x7f.1", "017700000001",
		"[::ffff:127.0.0.1]", "[::ffff:169.254.169.254]", "[64:ff9b::7f00:1]", "[::127.0.0.1]", "[2002:7f00:1::]", "169.254.169.254", "2852039166", "0xa9fea9fe", "169.254.7.7",
		"10.1.2.3", "10.66051", "192.168.7.7", "172.16.7.7", "100.64.7.7", me, "[fd00::7]", "[2001:db8::5]", "[fe80::1%25d0]", "127.0.0.1.", "①②⑦.0.0.1", "127。0。0。1",
	}
	for name, flags := range map[string][]string{"plain": nil, "with hosts": {"--hosts", "127.0.0.1"}} {
		if flags != nil {
			continue // a scope does not change what is reached; see the tests of capture
		}
		for _, way := range []string{"GET", "CONNECT", "Host header", "absolute and Host", "local connection before"} {
			t.Run(name+"/"+way, func(t *testing.T) {
				a := &attack{T: t, dir: t.TempDir()}
				args := append([]string{"--db", filepath.Join(a.dir, "f.db"), "--ca-dir", filepath.Join(a.dir, "ca"), "--listen", "0.0.0.0:0", "--allow-remote"}, flags...)
				_, at := a.proxy([]string{"SPECTAP_PROXY_AUTH=u:p"}, args...)
				local, err := url.Parse(at)
				if err != nil {
					t.Fatal(err)
				}
				local.User = url.UserPassword("u", "p")
				proxy := *local
				proxy.Host = net.JoinHostPort(me, local.Port())
				if way == "local connection before" {
					resp, err := a.through(local.String()).Get("http://127.0.0.1:" + port + "/")
					if err != nil {
						t.Fatal(err)
					}
					if data, _ := io.ReadAll(resp.Body); string(data) != "private data" {
						t.Fatalf("a local client gets %q", data)
					}
					resp.Body.Close()
				}
				for _, host := range hosts {
					got, err := reach(&proxy, way, host, port)
					if err != nil && strings.Contains(err.Error(), "connection refused") && strings.Contains(err.Error(), proxy.Host) {
						t.Fatalf("the proxy is gone: %v", err)
					}
					if strings.Contains(got, "private data") {
						t.Errorf("the attack succeeded: %s by %s", host, way)
					}
				}
			})
		}
	}
}

// reach asks a proxy for a host and returns what comes back.
func reach(proxy *url.URL, way, host, port string) (string, error) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(strings.Split(proxy.Host, ":")[0])}, Timeout: deadline}
	c, err := dialer.Dial("tcp", proxy.Host)
	if err != nil {
		return "", err
	}
	defer c.Close()
	target, auth := host+":"+port, "Proxy-Authorization: Basic dTpw\r\n"
	switch way {
	case "CONNECT":
		fmt.Fprintf(c, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", target, target, auth)
		fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", target)
	case "Host header":
		fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\n%sConnection: close\r\n\r\n", target, auth)
	case "absolute and Host":
		fmt.Fprintf(c, "GET http://api.example/ HTTP/1.1\r\nHost: %s\r\nX-Forwarded-Host: %s\r\n%sConnection: close\r\n\r\n", target, target, auth)
	default:
		fmt.Fprintf(c, "GET http://%s/ HTTP/1.1\r\nHost: %s\r\n%sConnection: close\r\n\r\n", target, target, auth)
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.CloseWrite()
	}
	data, err := io.ReadAll(io.LimitReader(c, 1<<20))
	return string(data), err
}
