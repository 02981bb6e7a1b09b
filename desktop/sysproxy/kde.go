package sysproxy

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// kdeKeys are the keys of the group Proxy Settings in kioslaverc. ProxyType switches the proxy on,
// so it is last.
var kdeKeys = [...]string{"Proxy Config Script", "NoProxyFor", "ReversedException", "httpProxy", "httpsProxy", "ProxyType"}

// Values of ProxyType.
const (
	kdeNone   = "0"
	kdeManual = "1"
	kdePAC    = "2"
	kdeWPAD   = "3"
	kdeEnv    = "4"
)

// kde holds the settings of KDE Plasma, which KDE programs and Chromium read.
type kde struct {
	runner
	version string // version of the tools, 6 or 5
}

func (kde) Name() string     { return "kde" }
func (kde) Untested() string { return "" }

// kdeUnset is the default that kreadconfig prints for a key that is not set. Without it, an unset
// key and an empty value look the same.
const kdeUnset = "\x01unset"

func (k kde) Read(ctx context.Context) (Values, error) {
	v := Values{}
	for _, key := range kdeKeys {
		out, err := k.run(ctx, "kreadconfig"+k.version, "--file", "kioslaverc", "--group", "Proxy Settings", "--key", key, "--default", kdeUnset)
		if err != nil {
			return nil, fmt.Errorf("read KDE's proxy settings: %w", err)
		}
		if out != kdeUnset {
			v[key] = out
		}
	}
	return v, nil
}

func (kde) Want(s Settings, before Values) Values {
	if s.PAC {
		return merge(before, Values{"Proxy Config Script": s.PACURL(), "ProxyType": kdePAC})
	}
	host := s.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	proxy := "http://" + host + " " + strconv.Itoa(int(s.Port)) // the form that KDE's own dialog writes
	return merge(before, Values{
		"NoProxyFor": strings.Join(loopback(), ","), "ReversedException": "false",
		"httpProxy": proxy, "httpsProxy": proxy, "ProxyType": kdeManual,
	})
}

// Write reads the settings back, because kwriteconfig succeeds even if it may not write.
func (k kde) Write(ctx context.Context, v Values) error {
	for _, key := range kdeKeys {
		args := []string{"--file", "kioslaverc", "--group", "Proxy Settings", "--key", key}
		if val, ok := v[key]; ok {
			args = append(args, "--", val)
		} else {
			args = append(args, "--delete", "")
		}
		if _, err := k.run(ctx, "kwriteconfig"+k.version, args...); err != nil {
			return fmt.Errorf("write KDE's proxy settings: %w", err)
		}
	}
	err := checkKept(ctx, k, v, "write KDE's proxy settings: kwriteconfig did not keep them (is kioslaverc writable?)")
	if err != nil {
		return err
	}
	if k.has("dbus-send") { // running programs read the file again; without a session no programs run
		k.run(ctx, "dbus-send", "--type=signal", "/KIO/Scheduler", "org.kde.KIO.Scheduler.reparseSlaveConfiguration", "string:")
	}
	return nil
}

func (kde) Describe(v Values) string {
	proxy := func(key string) string {
		s := strings.Replace(v[key], " ", ":", 1)
		if i := strings.LastIndex(s, "@"); i >= 0 {
			s = s[i+1:]
		}
		return strings.TrimPrefix(s, "http://")
	}
	switch v["ProxyType"] {
	case "", kdeNone:
		return "no proxy"
	case kdeManual:
		return describePair(proxy("httpProxy"), proxy("httpsProxy"))
	case kdePAC:
		return "PAC file " + hideLogin(v["Proxy Config Script"])
	case kdeWPAD:
		return "PAC file found by WPAD"
	case kdeEnv:
		return "the proxy that environment variables name"
	}
	return "ProxyType " + v["ProxyType"]
}
