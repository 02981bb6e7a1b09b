package mcptools

import (
	"errors"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/tool"
)

// TestStartProxy checks what an agent may choose: a loopback address, a proxy that a person named,
// and files; another proxy only after a confirmation. No password is shown.
func TestStartProxy(t *testing.T) {
	c := &changer{st: newStore(t)}
	s := connect(t, c.st, func(cfg *setup) { cfg.Allow.Capture = c })
	for _, tt := range []struct {
		name string
		args object
		code tool.Code // "" for none
		want string    // in the result
	}{
		{"defaults", nil, "", "127.0.0.1:8080"},
		{"another port", object{"port": 0, "host": "::1"}, "", "::1:0"},
		{"localhost", object{"host": "localhost"}, "", "localhost:8080"},
		{"all interfaces", object{"host": "0.0.0.0"}, tool.CodeRefused, "--allow-remote-proxy"},
		{"empty host", object{"host": ""}, tool.CodeRefused, "loopback"},
		{"a name", object{"host": "proxy.example"}, tool.CodeRefused, "loopback"},
		{"known proxy", object{"upstream_proxy": "http://known.example:3128"}, "", "running"},
		{"other proxy", object{"upstream_proxy": "http://me:hunter2-password@other.example:3128"}, tool.CodeConfirm, "http://other.example:3128"},
		{"not a proxy", object{"upstream_proxy": "ftp://me:hunter2-password@x"}, tool.CodeBadArgument, "must be a URL"},
		{"not a URL", object{"upstream_proxy": "http://me:hunter2-password@%zz"}, tool.CodeBadArgument, "must be a URL"},
		{"a path", object{"upstream_proxy": "http://me:hunter2-password@x/hunter2-password"}, tool.CodeBadArgument, "nothing behind its port"},
		{"no file", object{"dump_file": "+"}, tool.CodeBadArgument, "names no file"},
		{"unknown", object{"web": true}, tool.CodeBadArgument, "web"},
	} {
		got := s.call("start_proxy", tt.args)
		if strings.Contains(got.text, "hunter2") {
			t.Errorf("%s: the password is shown: %s", tt.name, got.text)
		}
		if got.isError != (tt.code != "") || !strings.Contains(got.text, tt.want) || !strings.Contains(got.text, string(tt.code)) {
			t.Errorf("%s: %s", tt.name, got.text)
		}
	}
	// A consent covers the arguments.
	other := object{"upstream_proxy": "http://me:hunter2-password@other.example:3128", "dump_file": "+a.mitm"}
	s.refused(tool.CodeConfirm, "start_proxy", other)
	s.refused(tool.CodeConfirm, "start_proxy", object{"upstream_proxy": "http://me:hunter2-password@evil.example:3128", "dump_file": "+a.mitm", "__confirmed": true})
	s.refused(tool.CodeConfirm, "start_proxy", other)
	other["__confirmed"] = true
	s.fine("start_proxy", other)
	if r := c.started; r.UpstreamProxy.User.String() != "me:hunter2-password" || r.DumpFile != "a.mitm" || !r.Append || r.Port != 8080 {
		t.Errorf("started %+v", r)
	}
	c.busy = errors.New("a proxy is already running")
	if e := s.refused(tool.CodeFailed, "start_proxy", object{"upstream_proxy": "http://evil.example:3128"}); e["message"] != c.busy.Error() {
		t.Errorf("%v", e)
	}
	c.remote = true
	s.fine("start_proxy", object{"host": "0.0.0.0"})
}
