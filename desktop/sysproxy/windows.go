package sysproxy

import (
	"context"
	"fmt"
	"strings"
)

// registry accesses the key Internet Settings of the current user.
type registry interface {
	// get returns a value as text, numbers in decimal. ok is false if the value is not set.
	get(name string) (value string, ok bool, err error)
	setString(name, value string) error
	setNumber(name string, value uint32) error
	remove(name string) error // returns nil if it is not set
	// notify makes running programs read the settings again.
	notify() error
}

// windowsValues are in the order of writing. ProxyEnable switches the proxy on.
var windowsValues = [...]string{"ProxyServer", "ProxyOverride", "AutoConfigURL", "ProxyEnable"}

// windows holds the settings of WinINET, which Chromium and (by default) Firefox read too. Services
// that use WinHTTP have their own settings, which stay unchanged.
type windows struct{ registry }

func (windows) Name() string     { return "windows" }
func (windows) Untested() string { return "untested on Windows" }

func (w windows) Read(context.Context) (Values, error) {
	v := Values{}
	for _, name := range windowsValues {
		val, ok, err := w.get(name)
		if err != nil {
			return nil, fmt.Errorf("read Windows's proxy settings: %s: %w", name, err)
		}
		if ok {
			v[name] = val
		}
	}
	return v, nil
}

func (windows) Want(s Settings, before Values) Values {
	v := merge(before, nil)
	if s.PAC {
		v["AutoConfigURL"] = s.PACURL()
		v["ProxyEnable"] = "0"
		return v
	}
	delete(v, "AutoConfigURL") // it takes precedence
	v["ProxyServer"] = s.Addr()
	v["ProxyOverride"] = "localhost;127.*;[::1];<local>"
	v["ProxyEnable"] = "1"
	return v
}

func (w windows) Write(_ context.Context, v Values) error {
	for _, name := range windowsValues {
		val, ok := v[name]
		var err error
		switch {
		case !ok:
			err = w.remove(name)
		case name == "ProxyEnable":
			var n uint32
			if _, err = fmt.Sscan(val, &n); err == nil {
				err = w.setNumber(name, n)
			}
		default:
			err = w.setString(name, val)
		}
		if err != nil {
			return fmt.Errorf("write Windows's proxy settings: %s: %w", name, err)
		}
	}
	if err := w.notify(); err != nil {
		return fmt.Errorf("write Windows's proxy settings: tell running programs: %w", err)
	}
	return nil
}

func (windows) Describe(v Values) string {
	switch {
	case v["AutoConfigURL"] != "":
		return "PAC file " + hideLogin(v["AutoConfigURL"])
	case v["ProxyEnable"] == "" || v["ProxyEnable"] == "0" || v["ProxyServer"] == "":
		return "no proxy"
	}
	s := v["ProxyServer"]
	if i := strings.LastIndex(s, "@"); i >= 0 {
		s = s[i+1:]
	}
	return "proxy " + s
}
