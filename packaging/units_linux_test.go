package packaging_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// TestUnits lets systemd judge the units, and runs their command lines.
func TestUnits(t *testing.T) {
	need(t, "systemd-analyze")
	for _, tt := range []struct {
		file   string
		args   []string
		starts func(t *testing.T, command []string)
	}{
		{"spectap-proxy.service", []string{"--user"}, startProxy},
		{"spectap-hub.service", nil, startHub},
	} {
		t.Run(tt.file, func(t *testing.T) {
			text := readFile(t, filepath.Join("systemd", tt.file))
			// The program lies elsewhere here.
			unit := filepath.Join(t.TempDir(), tt.file)
			here := strings.ReplaceAll(string(text), "/usr/bin/spectap", program(t))
			must.Do(t, os.WriteFile(unit, []byte(here), 0o644))
			c := exec.Command("systemd-analyze", append(tt.args, "--man=no", "verify", unit)...)
			c.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+t.TempDir())
			if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("systemd-analyze verify: %v\n%s", err, out)
			}
			_, command, found := strings.Cut(string(text), "\nExecStart=/usr/bin/spectap ")
			if command, _, _ = strings.Cut(command+"\n", "\n"); !found {
				t.Fatal("the unit does not start spectap")
			}
			tt.starts(t, append([]string{program(t)}, strings.Fields(command)...))
		})
	}
	// 0 is the least exposure to the rest of the system, 100 the most.
	output(t, exec.Command("systemd-analyze", "security", "--offline=yes", "--threshold=20", "systemd/spectap-hub.service"))
}

// startProxy starts the proxy, records a request, and ends it as systemd does.
func startProxy(t *testing.T, command []string) {
	home := t.TempDir()
	c := exec.Command(command[0], command[1:]...)
	c.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+home, "SPECTAP_PORT=0")
	if status := record(t, c, syscall.SIGTERM); status != 0 {
		t.Errorf("exit status %d after SIGTERM, which systemd takes for a failure", status)
	}
	ls := exec.Command(command[0], "flows", "ls")
	ls.Env = c.Env
	if out := output(t, ls); !strings.Contains(out, "/from-outside") {
		t.Errorf("the store has %q", out)
	}
}

// startHub starts the hub, and ends it as systemd does.
func startHub(t *testing.T, command []string) {
	for i := range command {
		command[i] = strings.NewReplacer("${SPECTAP_HUB_LISTEN}", "127.0.0.1:0", "%S", t.TempDir()).Replace(command[i])
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	stdout := must.Get(c.StdoutPipe())
	must.Do(t, c.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if !strings.HasPrefix(line, "listening on nats://127.0.0.1:") {
		t.Errorf("the hub prints %q, %v", line, err)
	}
	c.Process.Signal(syscall.SIGTERM)
	if err := c.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v, which systemd takes for a failure", err)
	}
}
