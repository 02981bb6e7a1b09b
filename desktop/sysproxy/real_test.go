//go:build linux

package sysproxy

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// use is an address to set as the proxy, and the expected settings of the desktop.
type use struct {
	listen string
	pac    bool
	want   string
}

// The tools of a desktop are slow: each form of an address is used once.
var (
	overIPv6 = []use{{"[::1]:8081", false, "proxy [::1]:8081"}}
	overIPv4 = []use{
		{"127.0.0.1:8080", false, "proxy 127.0.0.1:8080"},
		{"127.0.0.1:8082", true, "PAC file http://127.0.0.1:8082/proxy.pac"},
	}
)

// roundTrip turns a desktop on and off, and checks its settings after each step.
func roundTrip(t *testing.T, d Desktop, original Values, uses []use) {
	t.Helper()
	if original != nil {
		must.Do(t, d.Write(t.Context(), original))
	}
	before := must.Get(d.Read(t.Context()))
	m := &Manager{Desktops: []Desktop{d}, File: filepath.Join(t.TempDir(), "saved.json")}
	for _, c := range uses {
		out, err := m.On(t.Context(), settings(t, c.listen, c.pac))
		if err != nil || out[0].Err != nil || !out[0].Done {
			t.Fatalf("on: %+v, %v", out, err)
		}
		if now, err := d.Read(t.Context()); err != nil || d.Describe(now) != c.want {
			t.Errorf("on: %q, %v; want %q", d.Describe(now), err, c.want)
		}
	}
	if out, err := m.Off(t.Context(), false); err != nil || out[0].Err != nil || !out[0].Done {
		t.Fatalf("off: %+v, %v", out, err)
	}
	if after, err := d.Read(t.Context()); err != nil || !maps.Equal(before, after) {
		t.Errorf("after off %v, %v; want %v", after, err, before)
	}
}

// TestKDE changes and restores the settings of KDE with its own tools.
func TestKDE(t *testing.T) {
	for _, version := range []string{"6", "5"} {
		if !(commands{}).has("kwriteconfig" + version) {
			continue
		}
		t.Setenv("HOME", t.TempDir())
		t.Setenv("XDG_CONFIG_HOME", "")
		d := kde{commands{}, version}
		if !testing.Short() {
			roundTrip(t, d, nil, overIPv6)
		}
		roundTrip(t, d, Values{"ProxyType": "1", "httpProxy": "http://u:p@corp 3128", "NoProxyFor": "",
			"Proxy Config Script": "-x, $HOME ü"}, overIPv4)
		return
	}
	t.Skip("neither kwriteconfig6 nor kwriteconfig5 is installed")
}

// TestGNOMEForgets checks that On fails when gsettings has no storage: it then reports no error and
// loses the settings.
func TestGNOMEForgets(t *testing.T) {
	t.Setenv("GSETTINGS_BACKEND", "memory")
	d := gnome{commands{}}
	if !d.isAvailable(t.Context()) {
		t.Skip("gsettings or the schemas of the GNOME desktop are not installed")
	}
	m := &Manager{Desktops: []Desktop{d}, File: filepath.Join(t.TempDir(), "saved.json")}
	out, err := m.On(t.Context(), settings(t, ":8080", false))
	if err != nil || out[0].Err == nil {
		t.Errorf("on: %+v, %v", out, err)
	}
	if _, err := os.Stat(m.File); !os.IsNotExist(err) {
		t.Errorf("the file still exists: %v", err)
	}
}

// TestGNOME changes and restores the settings of GNOME. It runs in a D-Bus session of its own, so
// that the service that stores the settings uses the same home folder.
func TestGNOME(t *testing.T) {
	const inside = "SYSPROXY_TEST_SESSION"
	if os.Getenv(inside) != "" {
		d := gnome{commands{}}
		roundTrip(t, d, nil, overIPv6)
		for _, set := range [][3]string{
			{gnomeSchema, "mode", "manual"}, {gnomeSchema + ".http", "host", "corp"}, {gnomeSchema + ".https", "port", "3128"},
			{gnomeSchema + ".http", "use-authentication", "true"}, {gnomeSchema, "ignore-hosts", `['a b', "it's"]`},
		} {
			must.Get(d.run(t.Context(), "gsettings", "set", set[0], set[1], set[2]))
		}
		roundTrip(t, d, nil, overIPv4)
		return
	}
	if testing.Short() {
		t.Skip("takes seconds; the story of system-proxy changes and restores them, too")
	}
	for _, tool := range []string{"gsettings", "dbus-run-session"} {
		if !(commands{}).has(tool) {
			t.Skipf("%s is not installed", tool)
		}
	}
	if !(gnome{commands{}}).isAvailable(t.Context()) {
		t.Skip("the settings schemas of the GNOME desktop are not installed")
	}
	home, run := t.TempDir(), t.TempDir() // separate: dconf uses the same file name in both
	cmd := exec.Command("dbus-run-session", "--", os.Args[0], "-test.run=^TestGNOME$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"=1", "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_RUNTIME_DIR="+run,
		"GSETTINGS_BACKEND=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
