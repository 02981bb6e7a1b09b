// Package sysproxy sets the proxy of the desktop and gives back what was set before.
//
// A desktop is a set of named settings that are read and written as text: GNOME's through gsettings, KDE's through
// kreadconfig and kwriteconfig, those of macOS through networksetup, those of Windows in the registry. What was
// there is saved in a file before anything is changed and stays saved until it is restored, so that neither a
// crash nor turning on twice loses it.
//
// Run for real: GNOME's and KDE's settings on Debian. Not run: macOS and Windows ([Desktop.Untested]); they are
// held to recorded command lines.
//
// It does not reach programs that take no notice of the desktop, such as shells and what they start (see
// `spectap run`), and it sets nothing for other users.
package sysproxy

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
)

// Settings is a proxy for HTTP and HTTPS.
type Settings struct {
	Host string `json:"host"`
	Port uint16 `json:"port"`
	// PAC has the desktop ask the proxy's own page for its configuration, instead of naming the proxy.
	PAC bool `json:"pac,omitempty"`
}

// ParseSettings reads HOST:PORT. An empty host is 127.0.0.1.
func ParseSettings(listen string, pac bool) (Settings, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return Settings{}, fmt.Errorf("must be HOST:PORT: %w", err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return Settings{}, fmt.Errorf("port %q: must be a number from 1 to 65535", port)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	if _, err := netip.ParseAddr(host); err != nil && !isName(host) {
		return Settings{}, fmt.Errorf("host %q: must be an address or a name", host)
	}
	return Settings{Host: host, Port: uint16(n), PAC: pac}, nil
}

// isName keeps out what would mean something else in one of the desktops' formats.
func isName(host string) bool {
	for _, r := range host {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.') {
			return false
		}
	}
	return host[0] != '-' && len(host) <= 253
}

// Addr is HOST:PORT.
func (s Settings) Addr() string { return net.JoinHostPort(s.Host, strconv.Itoa(int(s.Port))) }

// PACURL is where the proxy serves its PAC file.
func (s Settings) PACURL() string { return "http://" + s.Addr() + "/proxy.pac" }

func (s Settings) String() string {
	if s.PAC {
		return s.PACURL()
	}
	return s.Addr()
}

// loopback is what goes past the proxy, since it never leaves this machine.
func loopback() []string { return []string{"localhost", "127.0.0.0/8", "::1"} }

// Values are settings of a desktop by name, in the desktop's own form. A name that is missing was not set.
type Values map[string]string

// Desktop is the settings of one kind of desktop. Implementations change nothing but in Write.
type Desktop interface {
	// Name is a short word, such as gnome.
	Name() string
	// Untested is why writing has not been run on this platform, "" when it has.
	Untested() string
	// Read returns the settings that a proxy may touch.
	Read(ctx context.Context) (Values, error)
	// Want returns what to write so that s is in force; before is what Read returned.
	Want(s Settings, before Values) Values
	// Write makes all the settings that a proxy may touch those of v; one that v has not is unset. What switches
	// them on is written last. An error may leave some of them written.
	Write(ctx context.Context, v Values) error
	// Describe says in a few words which proxy v means.
	Describe(v Values) string
}

// merge returns v with what over has.
func merge(v, over Values) Values {
	m := maps.Clone(v)
	if m == nil {
		m = Values{}
	}
	maps.Copy(m, over)
	return m
}

// find returns the desktop of that name, nil for none.
func find(ds []Desktop, name string) Desktop {
	i := slices.IndexFunc(ds, func(d Desktop) bool { return d.Name() == name })
	if i < 0 {
		return nil
	}
	return ds[i]
}
