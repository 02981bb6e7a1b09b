package netns

import (
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
	"testing"
)

// inSpace runs a script of bash in a space, and returns its status and what it prints. It skips a
// test where there are no namespaces.
func inSpace(t *testing.T, s *Space, serve func(net.Conn, netip.AddrPort), covers []Cover, script string) (int, string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	var out bytes.Buffer
	err = s.Start(Config{
		Helper: []string{self, "inside"}, Path: bash, Args: []string{"bash", "-c", script}, Env: os.Environ(),
		Streams: func(c *exec.Cmd) { c.Stdout, c.Stderr = &out, &out }, Covers: covers, Serve: serve,
	})
	if denied := (*DeniedError)(nil); errors.As(err, &denied) {
		t.Skipf("%v; try: %s", err, denied.Try)
	}
	if err != nil {
		t.Fatal(err)
	}
	status, err := s.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return status, out.String()
}

// TestSpace checks what reaches the caller, what does not leave, and what a command finds, with and
// without a user namespace.
func TestSpace(t *testing.T) {
	dir := t.TempDir()
	own, system := filepath.Join(dir, "own"), filepath.Join(dir, "system")
	for path, text := range map[string]string{own: "covered\n", system: "the system's\n"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	host, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
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
			serve := func(c net.Conn, to netip.AddrPort) {
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
			status, out := inSpace(t, s, serve, []Cover{{File: own, Over: []string{system, filepath.Join(dir, "missing")}}}, ipv6+
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

func port(a net.Addr) string {
	_, p, _ := net.SplitHostPort(a.String())
	return p
}
