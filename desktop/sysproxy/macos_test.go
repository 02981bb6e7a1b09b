//go:build !windows

package sysproxy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// networksetup simulates the tool of macOS from recorded output, and records the settings it is
// called with.
type networksetup struct {
	set      []string
	settings map[string]string // output of -get by service and setting, as "Wi-Fi webproxy"
	services string
}

const macServiceList = `An asterisk (*) denotes that a network service is disabled.
Wi-Fi
*Thunderbolt Bridge
USB 10/100 LAN`

func (n *networksetup) has(tool string) bool { return tool == "networksetup" }

func (n *networksetup) run(_ context.Context, tool string, args ...string) (string, error) {
	if args[0] == "-listallnetworkservices" {
		return n.services, nil
	}
	if !slices.Contains(strings.Split(n.services, "\n"), args[1]) {
		return "", fmt.Errorf("run networksetup: exit status 4: %s is not a recognized network service", args[1])
	}
	if what, ok := strings.CutPrefix(args[0], "-get"); ok {
		return n.settings[args[1]+" "+what], nil
	}
	what, ok := strings.CutPrefix(args[0], "-set")
	if !ok {
		return "", errors.New("unknown " + args[0])
	}
	n.set = append(n.set, strings.Join(args, " | "))
	key := args[1] + " "
	field := func(key, name, value string) {
		var lines []string
		for line := range strings.Lines(n.settings[key]) {
			if k, _, ok := strings.Cut(line, ":"); ok && k == name {
				line = name + ": " + value + "\n"
			}
			lines = append(lines, line)
		}
		n.settings[key] = strings.Join(lines, "")
	}
	yes := map[string]string{"on": "Yes", "off": "No"}
	switch what {
	case "webproxy", "securewebproxy":
		field(key+what, "Enabled", "Yes")
		field(key+what, "Server", args[2])
		field(key+what, "Port", args[3])
	case "webproxystate", "securewebproxystate":
		field(key+strings.TrimSuffix(what, "state"), "Enabled", yes[args[2]])
	case "autoproxyurl":
		field(key+what, "URL", args[2])
		field(key+what, "Enabled", "Yes")
	case "autoproxystate":
		field(key+"autoproxyurl", "Enabled", yes[args[2]])
	case "proxybypassdomains":
		n.settings[key+what] = strings.Join(args[2:], "\n")
		if args[2] == "Empty" {
			n.settings[key+what] = "There aren't any bypass domains set on " + args[1] + "."
		}
	}
	return "", nil
}

// newNetworksetup returns a tool with two enabled services, one of which uses a proxy.
func newNetworksetup() *networksetup {
	n := &networksetup{services: macServiceList, settings: map[string]string{}}
	off := "Enabled: No\nServer: \nPort: 0\nAuthenticated Proxy Enabled: 0\n"
	for _, s := range []string{"Wi-Fi", "USB 10/100 LAN"} {
		n.settings[s+" webproxy"], n.settings[s+" securewebproxy"] = off, off
		n.settings[s+" autoproxyurl"] = "URL: (null)\nEnabled: No\n"
		n.settings[s+" proxybypassdomains"] = "*.local\n169.254/16"
	}
	n.settings["USB 10/100 LAN webproxy"] = "Enabled: Yes\nServer: corp\nPort: 3128\nAuthenticated Proxy Enabled: 0\n"
	n.settings["USB 10/100 LAN proxybypassdomains"] = "There aren't any bypass domains set on USB 10/100 LAN."
	return n
}

// TestMacOSCommands checks the commands that On and Off run.
func TestMacOSCommands(t *testing.T) {
	n := newNetworksetup()
	m := &Manager{Desktops: detect(t.Context(), "darwin", n), File: filepath.Join(t.TempDir(), "saved.json")}
	if out, err := m.On(t.Context(), settings(t, ":8080", false)); err != nil || out[0].Err != nil ||
		out[0].Now != "proxy 127.0.0.1:8080" {
		t.Fatalf("on: %+v, %v", out, err)
	}
	if out, err := m.Off(t.Context(), false); err != nil || out[0].Err != nil {
		t.Fatalf("off: %+v, %v", out, err)
	}
	const want = `-setproxybypassdomains | USB 10/100 LAN | *.local | 169.254/16 | localhost | 127.0.0.0/8 | ::1
-setwebproxy | USB 10/100 LAN | 127.0.0.1 | 8080
-setwebproxystate | USB 10/100 LAN | on
-setsecurewebproxy | USB 10/100 LAN | 127.0.0.1 | 8080
-setsecurewebproxystate | USB 10/100 LAN | on
-setautoproxystate | USB 10/100 LAN | off
-setproxybypassdomains | Wi-Fi | *.local | 169.254/16 | localhost | 127.0.0.0/8 | ::1
-setwebproxy | Wi-Fi | 127.0.0.1 | 8080
-setwebproxystate | Wi-Fi | on
-setsecurewebproxy | Wi-Fi | 127.0.0.1 | 8080
-setsecurewebproxystate | Wi-Fi | on
-setautoproxystate | Wi-Fi | off
-setproxybypassdomains | USB 10/100 LAN | Empty
-setwebproxy | USB 10/100 LAN | corp | 3128
-setwebproxystate | USB 10/100 LAN | on
-setsecurewebproxystate | USB 10/100 LAN | off
-setautoproxystate | USB 10/100 LAN | off
-setproxybypassdomains | Wi-Fi | *.local | 169.254/16
-setwebproxystate | Wi-Fi | off
-setsecurewebproxystate | Wi-Fi | off
-setautoproxystate | Wi-Fi | off`
	if got := strings.Join(n.set, "\n"); got != want {
		t.Errorf("set\n%s\nwant\n%s", got, want)
	}
}

// TestMacOSPassword checks that On refuses a service whose proxy has a password: a password cannot
// be read and so could not be restored.
func TestMacOSPassword(t *testing.T) {
	n := newNetworksetup()
	n.settings["Wi-Fi webproxy"] = "Enabled: Yes\nServer: corp\nPort: 3128\nAuthenticated Proxy Enabled: 1\n"
	before := maps.Clone(n.settings)
	m := &Manager{Desktops: []Desktop{macOS{n}}, File: filepath.Join(t.TempDir(), "saved.json")}
	out, err := m.On(t.Context(), settings(t, ":8080", false))
	if err != nil || out[0].Err == nil || !maps.Equal(n.settings, before) {
		t.Errorf("on: %+v, %v", out, err)
	}
}
