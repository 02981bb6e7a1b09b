package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestStartProxyAgain asks for a proxy while one runs. It is that one if it fits, and else its
// address is named. A scope can be set before the first.
func TestStartProxyAgain(t *testing.T) {
	t.Setenv(configEnv, "")
	dir := t.TempDir()
	a := runAgent(t, "--db", dir+"/s.db", "--ca-dir", dir+"/ca", "--allow", "capture")
	if got := fmt.Sprint(a.call("set_scope", map[string]any{"allowed_domains": []string{"a.example"}})); !strings.Contains(got, "running:false") || !strings.Contains(got, "[a.example]") {
		t.Errorf("a scope before the proxy: %s", got)
	}
	st := a.call("start_proxy", map[string]any{"port": 0})
	address := fmt.Sprint(st["address"])
	_, port, _ := strings.Cut(address, ":")
	if st["running"] != true || !strings.HasPrefix(address, "127.0.0.1:") || !strings.Contains(fmt.Sprint(st), "[a.example]") {
		t.Fatalf("%v", st)
	}
	var number int
	fmt.Sscan(port, &number)
	for _, tt := range []struct {
		args map[string]any
		want string // "" for the same proxy
	}{
		{map[string]any{"port": 0}, ""},
		{map[string]any{"port": number}, ""},
		{map[string]any{"port": number, "host": "127.0.0.1"}, ""},
		{map[string]any{"port": 0, "host": "localhost"}, ""},
		{map[string]any{"port": number + 1}, "a proxy is already running at " + address + ": call stop_proxy first"},
		{map[string]any{"port": 0, "host": "127.0.0.2"}, "a proxy is already running at " + address + ": call stop_proxy first"},
	} {
		got := a.call("start_proxy", tt.args)
		if tt.want == "" && fmt.Sprint(got["address"]) != address {
			t.Errorf("%v: %v, want the proxy at %s", tt.args, got, address)
		}
		if tt.want != "" && !strings.Contains(message(t, got), tt.want) {
			t.Errorf("%v: %v, want %s", tt.args, got, tt.want)
		}
	}
}
