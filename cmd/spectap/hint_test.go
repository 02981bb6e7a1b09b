package main

import (
	"io"
	"strings"
	"testing"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// TestCopyable checks that the commands in a hint have the flags that name the input of the running
// command, so that they can be pasted unchanged.
func TestCopyable(t *testing.T) {
	const (
		flows   = "spectap flows ls --limit 20"
		several = "spectap run -- CMD…, spectap proxy or spectap import FILE.har"
	)
	for _, tt := range []struct{ name, env, command, try, want string }{
		{"no flag", "", "export", flows, flows},
		{"a store", "", "export --db 'my shop.db'", flows, "spectap flows ls --db 'my shop.db' --limit 20"},
		{"the environment", "env.db", "export", flows, "spectap flows ls --db env.db --limit 20"},
		{"flag before environment", "env.db", "export --db s.db", flows, "spectap flows ls --db s.db --limit 20"},
		{"several commands", "", "export --db s.db", several,
			"spectap run --db s.db -- CMD…, spectap proxy --db s.db or spectap import --db s.db FILE.har"},
		{"a store of its own", "", "import --db s.db", "spectap flows ls --db other.db", "spectap flows ls --db other.db"},
		{"a command without stores", "", "check --db s.db", "spectap validate api.yaml", "spectap validate api.yaml"},
		{"no command", "", "check --db s.db", "--host shop.example", "--host shop.example"},
		{"its name in a sentence", "", "check --db s.db", "update spectap, or spectap --help", "update spectap, or spectap --help"},
		{"help", "", "run --db s.db", "spectap run --help", "spectap run --help"},
		{"a session", "", "explain --db s.db --session 2", "spectap export --format compact",
			"spectap export --db s.db --session 2 --format compact"},
		{"a session that the command has not", "", "explain --session 2", "spectap sessions ls", "spectap sessions ls"},
		{"several stores", "", "export --db a.db --db b.db", "spectap explain GET /x; spectap flows ls",
			"spectap explain --db a.db --db b.db GET /x; spectap flows ls --db a.db"},
		{"corrections", "", "explain --overrides o.yaml", "spectap correct ls; spectap flows ls",
			"spectap correct ls --overrides o.yaml; spectap flows ls"},
		{"a CA", "", "proxy --ca-dir ca", "curl --cacert ca/ca.pem   # or: spectap run -- CMD; spectap ca install",
			"curl --cacert ca/ca.pem   # or: spectap run --ca-dir ca -- CMD; spectap ca install --ca-dir ca"},
		{"a hub", "", "flows ls --db nats://h:4222/shop --creds shop.creds", flows,
			"spectap flows ls --db nats://h:4222/shop --creds shop.creds --limit 20"},
		{"a hub with credentials", "", "flows ls --db nats://me:pass@h:4222/shop", flows, flows},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("SPECTAP_DB", tt.env)
			p := cli.New(nil, io.Discard, io.Discard)
			cmd, rest, err := newRootCmd(p).Find(shellWords(tt.command))
			noError(t, err)
			noError(t, cmd.ParseFlags(rest))
			p.Cmd = cmd
			if got := p.Copyable(tt.try); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	if p := cli.New(nil, io.Discard, io.Discard); strings.Contains(p.Copyable(flows), "--db") {
		t.Error("a flag though no command runs")
	}
}
