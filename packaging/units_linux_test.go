package packaging_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
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
		{"spectap-hub.service", nil, parseHub},
	} {
		t.Run(tt.file, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("systemd", tt.file))
			if err != nil {
				t.Fatal(err)
			}
			// The program lies elsewhere here.
			unit := filepath.Join(t.TempDir(), tt.file)
			here := strings.ReplaceAll(string(text), "/usr/bin/spectap", program(t))
			if err := os.WriteFile(unit, []byte(here), 0o644); err != nil {
				t.Fatal(err)
			}
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

// parseHub lets the program parse the command line.
func parseHub(t *testing.T, command []string) {
	if err := exec.Command(command[0], "help", "hub").Run(); err != nil {
		t.Skip("this version has no hub")
	}
	output(t, exec.Command(command[0], append(command[1:], "--help")...))
}
