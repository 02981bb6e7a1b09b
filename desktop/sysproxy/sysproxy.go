// Package sysproxy sets the proxy of the desktop and restores the earlier setting.
//
// A desktop is a set of named settings that are read and written as text: those of GNOME through
// gsettings, of KDE through kreadconfig and kwriteconfig, of macOS through networksetup, and of
// Windows in the registry. The earlier settings are saved in a file before anything is changed, and
// stay saved until they are restored. Neither a crash nor a second On loses them.
//
// GNOME and KDE are tested with the real tools on Debian. macOS and Windows are not
// ([Desktop.Untested]); tests compare the commands with recorded ones.
//
// Programs that ignore the desktop's settings are not reached, such as those started from a shell
// (see `spectap run`). Settings of other users are not changed.
//
// Read sysproxy.go first, then manager.go.
package sysproxy

import (
	"cmp"
	"context"
	"errors"
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
	// PAC makes the desktop load the proxy's PAC file instead of naming the proxy.
	PAC bool `json:"pac,omitempty"`
}

// ParseSettings parses HOST:PORT. An empty host means 127.0.0.1.
func ParseSettings(listen string, pac bool) (Settings, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return Settings{}, fmt.Errorf("must be HOST:PORT: %w", err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return Settings{}, fmt.Errorf("port %q: must be a number from 1 to 65535", port)
	}
	host = cmp.Or(host, "127.0.0.1")
	if _, err := netip.ParseAddr(host); err != nil && !isName(host) {
		return Settings{}, fmt.Errorf("host %q: must be an address or a name", host)
	}
	return Settings{Host: host, Port: uint16(n), PAC: pac}, nil
}

// isName reports whether host is a name without characters that are special in a desktop's format.
func isName(host string) bool {
	for _, r := range host {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.') {
			return false
		}
	}
	return host[0] != '-' && len(host) <= 253
}

// Addr returns HOST:PORT.
func (s Settings) Addr() string { return net.JoinHostPort(s.Host, strconv.Itoa(int(s.Port))) }

// PACURL returns the URL of the proxy's PAC file.
func (s Settings) PACURL() string { return "http://" + s.Addr() + "/proxy.pac" }

func (s Settings) String() string {
	if s.PAC {
		return s.PACURL()
	}
	return s.Addr()
}

// loopback returns the hosts that bypass the proxy, because their traffic never leaves this
// machine.
func loopback() []string { return []string{"localhost", "127.0.0.0/8", "::1"} }

// Values are settings of a desktop by name, in the desktop's own form. A missing name is not set.
type Values map[string]string

// Desktop reads and writes the proxy settings of one kind of desktop. Only Write changes them.
type Desktop interface {
	// Name returns a short word, such as gnome.
	Name() string
	// Untested returns a warning if writing was never tested on this platform, and else "".
	Untested() string
	// Read returns the settings that concern the proxy.
	Read(ctx context.Context) (Values, error)
	// Want returns the settings to write to make s the proxy. before is the result of Read.
	Want(s Settings, before Values) Values
	// Write replaces the settings that concern the proxy by v; those that v lacks are unset. The
	// setting that switches the proxy on is written last. After an error, some may be written.
	Write(ctx context.Context, v Values) error
	// Describe returns a short description of the proxy in v.
	Describe(v Values) string
}

// checkKept reads the settings of d back. The error is lost if they differ from v.
func checkKept(ctx context.Context, d Desktop, v Values, lost string) error {
	got, err := d.Read(ctx)
	if err == nil && !maps.Equal(got, v) {
		err = errors.New(lost)
	}
	return err
}

// merge returns a copy of v with the values of over.
func merge(v, over Values) Values {
	m := maps.Clone(v)
	if m == nil {
		m = Values{}
	}
	maps.Copy(m, over)
	return m
}

// find returns the desktop with a name, or nil.
func find(ds []Desktop, name string) Desktop {
	i := slices.IndexFunc(ds, func(d Desktop) bool { return d.Name() == name })
	if i < 0 {
		return nil
	}
	return ds[i]
}
