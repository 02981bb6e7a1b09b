package sysproxy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// macOS holds the proxies of all network services. The name of a value is the service, a tab, and
// the setting.
type macOS struct{ runner }

func (macOS) Name() string     { return "macos" }
func (macOS) Untested() string { return "untested on macOS" }

// The settings of a service that networksetup reads with -get and writes with -set.
const (
	macWeb    = "webproxy"
	macSecure = "securewebproxy"
	macPAC    = "autoproxyurl"
	macBypass = "proxybypassdomains"
)

// services returns the enabled services. networksetup marks the others with an asterisk.
func (m macOS) services(ctx context.Context) ([]string, error) {
	out, err := m.run(ctx, "networksetup", "-listallnetworkservices")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, line := range strings.Split(out, "\n")[1:] { // the first line explains the asterisk
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "*") {
			names = append(names, line)
		}
	}
	if len(names) == 0 {
		return nil, errors.New("no network service is enabled")
	}
	return names, nil
}

// fields parses lines of the form "Name: value".
func fields(out string) map[string]string {
	f := map[string]string{}
	for line := range strings.Lines(out) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			f[k] = strings.TrimSpace(v)
		}
	}
	return f
}

func (m macOS) Read(ctx context.Context) (Values, error) {
	v := Values{}
	names, err := m.services(ctx)
	if err != nil {
		return nil, fmt.Errorf("read macOS's proxy settings: %w", err)
	}
	for _, s := range names {
		if err := m.readService(ctx, s, v); err != nil {
			return nil, fmt.Errorf("read macOS's proxy settings of %s: %w", s, err)
		}
	}
	return v, nil
}

func (m macOS) readService(ctx context.Context, s string, v Values) error {
	for _, kind := range []string{macWeb, macSecure} {
		out, err := m.run(ctx, "networksetup", "-get"+kind, s)
		if err != nil {
			return err
		}
		f := fields(out)
		if f["Authenticated Proxy Enabled"] == "1" {
			return errors.New("its proxy has a password, which could not be restored: set the proxy in System Settings")
		}
		v[s+"\t"+kind+"state"] = onOff(f["Enabled"] == "Yes")
		if f["Server"] != "" {
			v[s+"\t"+kind] = f["Server"] + " " + f["Port"]
		}
	}
	out, err := m.run(ctx, "networksetup", "-get"+macPAC, s)
	if err != nil {
		return err
	}
	f := fields(out)
	v[s+"\tautoproxystate"] = onOff(f["Enabled"] == "Yes")
	if u := f["URL"]; u != "" && u != "(null)" {
		v[s+"\t"+macPAC] = u
	}
	if out, err = m.run(ctx, "networksetup", "-get"+macBypass, s); err != nil {
		return err
	}
	if !strings.Contains(out, "aren't any") { // "There aren't any bypass domains set on Wi-Fi."
		v[s+"\t"+macBypass] = strings.Join(strings.Fields(out), " ")
	}
	return nil
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// macServices returns the services in v.
func macServices(v Values) []string {
	var names []string
	for k := range v {
		if s, ok := strings.CutSuffix(k, "\tautoproxystate"); ok {
			names = append(names, s)
		}
	}
	sort.Strings(names)
	return names
}

func (macOS) Want(s Settings, before Values) Values {
	v := merge(before, nil)
	for _, name := range macServices(before) {
		if s.PAC {
			v[name+"\t"+macPAC] = s.PACURL()
			v[name+"\tautoproxystate"] = "on"
			continue
		}
		for _, kind := range []string{macWeb, macSecure} {
			v[name+"\t"+kind] = s.Host + " " + strconv.Itoa(int(s.Port))
			v[name+"\t"+kind+"state"] = "on"
		}
		v[name+"\t"+macBypass] = "*.local 169.254/16 " + strings.Join(loopback(), " ")
		v[name+"\tautoproxystate"] = "off"
	}
	return v
}

// Write leaves this program's server, switched off, in a field that was empty before, because
// networksetup cannot empty the field. It skips services that no longer exist.
func (m macOS) Write(ctx context.Context, v Values) error {
	present, err := m.services(ctx)
	if err != nil {
		return fmt.Errorf("write macOS's proxy settings: %w", err)
	}
	for _, s := range macServices(v) {
		if !slices.Contains(present, s) {
			continue
		}
		if err := m.writeService(ctx, s, v); err != nil {
			return fmt.Errorf("write macOS's proxy settings of %s: %w", s, err)
		}
	}
	return nil
}

func (m macOS) writeService(ctx context.Context, s string, v Values) error {
	set := func(what string, args ...string) error {
		_, err := m.run(ctx, "networksetup", append([]string{"-set" + what, s}, args...)...)
		return err
	}
	bypass := strings.Fields(v[s+"\t"+macBypass])
	if len(bypass) == 0 {
		bypass = []string{"Empty"}
	}
	if err := set(macBypass, bypass...); err != nil {
		return err
	}
	for _, kind := range []string{macWeb, macSecure} {
		if server := v[s+"\t"+kind]; server != "" { // also switches the proxy on
			if err := set(kind, strings.Fields(server)...); err != nil {
				return err
			}
		}
		if err := set(kind+"state", v[s+"\t"+kind+"state"]); err != nil {
			return err
		}
	}
	if u := v[s+"\t"+macPAC]; u != "" { // also switches the PAC file on
		if err := set(macPAC, u); err != nil {
			return err
		}
	}
	return set("autoproxystate", v[s+"\tautoproxystate"])
}

func (macOS) Describe(v Values) string {
	said := map[string]bool{}
	var all []string
	for _, s := range macServices(v) {
		d := "no proxy"
		on := func(kind string) string {
			if v[s+"\t"+kind+"state"] != "on" {
				return ""
			}
			host, port, _ := strings.Cut(v[s+"\t"+kind], " ")
			return addr(host, port)
		}
		switch web, secure := on(macWeb), on(macSecure); {
		case v[s+"\tautoproxystate"] == "on":
			d = "PAC file " + hideLogin(v[s+"\t"+macPAC])
		case web != "" || secure != "":
			d = describePair(web, secure)
		}
		if !said[d] {
			said[d] = true
			all = append(all, d)
		}
	}
	return strings.Join(all, "; ")
}
