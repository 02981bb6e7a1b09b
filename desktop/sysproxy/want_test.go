package sysproxy

import (
	"maps"
	"testing"
)

// TestWant checks which settings of Windows and macOS turn the proxy on, with a PAC file and without
// one. Others stay as they were.
func TestWant(t *testing.T) {
	windowsBefore := Values{"ProxyEnable": "1", "ProxyServer": "corp:3128", "AutoConfigURL": "http://corp/pac"}
	macBefore := Values{"Wi-Fi\t" + macPAC: "http://corp/pac", "Wi-Fi\tautoproxystate": "off", "Wi-Fi\t" + macWeb: "corp 3128"}
	pac, direct := settings(t, ":8080", true), settings(t, ":8080", false)
	for name, tt := range map[string]struct{ got, want Values }{
		"Windows with a PAC file": {windows{}.Want(pac, windowsBefore),
			Values{"ProxyEnable": "0", "ProxyServer": "corp:3128", "AutoConfigURL": pac.PACURL()}},
		"Windows": {windows{}.Want(direct, windowsBefore),
			Values{"ProxyEnable": "1", "ProxyServer": "127.0.0.1:8080", "ProxyOverride": "localhost;127.*;[::1];<local>"}},
		"macOS with a PAC file": {macOS{}.Want(pac, macBefore),
			Values{"Wi-Fi\t" + macPAC: pac.PACURL(), "Wi-Fi\tautoproxystate": "on", "Wi-Fi\t" + macWeb: "corp 3128"}},
		"macOS": {macOS{}.Want(direct, macBefore), Values{
			"Wi-Fi\t" + macPAC: "http://corp/pac", "Wi-Fi\tautoproxystate": "off", "Wi-Fi\t" + macBypass: "*.local 169.254/16 localhost 127.0.0.0/8 ::1",
			"Wi-Fi\t" + macWeb: "127.0.0.1 8080", "Wi-Fi\t" + macWeb + "state": "on",
			"Wi-Fi\t" + macSecure: "127.0.0.1 8080", "Wi-Fi\t" + macSecure + "state": "on",
		}},
	} {
		if !maps.Equal(tt.got, tt.want) {
			t.Errorf("%s: %q, want %q", name, tt.got, tt.want)
		}
	}
	if windowsBefore["ProxyEnable"] != "1" || macBefore["Wi-Fi\t"+macWeb] != "corp 3128" {
		t.Error("the earlier settings were changed")
	}
}

// TestDescribe checks the description of a desktop's settings. It has no password, and names the
// protocols of each proxy.
func TestDescribe(t *testing.T) {
	mac := func(web, secure string) Values {
		v := Values{"Wi-Fi\tautoproxystate": "off"}
		for kind, addr := range map[string]string{macWeb: web, macSecure: secure} {
			if addr != "" {
				v["Wi-Fi\t"+kind], v["Wi-Fi\t"+kind+"state"] = addr, "on"
			}
		}
		return v
	}
	for _, tt := range []struct{ got, want string }{
		{macOS{}.Describe(mac("", "")), "no proxy"},
		{macOS{}.Describe(mac("corp 1", "")), "proxy corp:1 for HTTP only"},
		{macOS{}.Describe(mac("", "corp 2")), "proxy corp:2 for HTTPS only"},
		{macOS{}.Describe(mac("corp 1", "corp 1")), "proxy corp:1"},
		{macOS{}.Describe(mac("corp 1", "corp 2")), "proxy corp:1 for HTTP, corp:2 for HTTPS"},
		{macOS{}.Describe(Values{"Wi-Fi\tautoproxystate": "on", "Wi-Fi\t" + macPAC: "http://u:p@corp/pac?k#f"}), "PAC file http://corp/pac"},
		{windows{}.Describe(Values{}), "no proxy"},
		{windows{}.Describe(Values{"ProxyEnable": "0", "ProxyServer": "corp:1"}), "no proxy"},
		{windows{}.Describe(Values{"ProxyEnable": "1"}), "no proxy"},
		{windows{}.Describe(Values{"ProxyEnable": "1", "ProxyServer": "corp:1"}), "proxy corp:1"},
		{windows{}.Describe(Values{"ProxyEnable": "1", "ProxyServer": "u:p@corp:1"}), "proxy corp:1"},
		{windows{}.Describe(Values{"ProxyEnable": "1", "ProxyServer": "@corp:1"}), "proxy corp:1"},
		{windows{}.Describe(Values{"AutoConfigURL": "http://corp/%zz"}), "PAC file (not a URL)"},
		{settings(t, ":8080", true).String(), "http://127.0.0.1:8080/proxy.pac"},
		{settings(t, ":8080", false).String(), "127.0.0.1:8080"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}
