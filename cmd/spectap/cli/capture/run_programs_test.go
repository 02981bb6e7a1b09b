package capture

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// TestRunNamesPrograms checks the messages about programs that connected past the proxy, for a run
// with recorded flows and for one without.
func TestRunNamesPrograms(t *testing.T) {
	at := func(s string) []netip.AddrPort { return []netip.AddrPort{netip.MustParseAddrPort(s)} }
	server := bypassProgram{Name: "server", Direct: at("127.0.0.1:3000"), Connections: 1}
	client := bypassProgram{Name: "python3", Direct: at("192.0.2.1:443"), Connections: 1}
	aria := bypassProgram{Name: "aria2c", Proxied: true}
	for _, tt := range []struct {
		name       string
		l          Losses
		want, lack []string
	}{
		{"nothing recorded", Losses{programs: []bypassProgram{client, server}},
			[]string{"python3 to 192.0.2.1:443", "--transparent", "server to 127.0.0.1:3000"}, nil},
		{"a database beside what was recorded", Losses{Recorded: 3, programs: []bypassProgram{client, server}},
			[]string{"python3 to"}, []string{"server"}},
		{"the CA refused", Losses{handshakes: 1, programs: []bypassProgram{aria, server}},
			[]string{"aria2c refused", "$SSL_CERT_FILE"}, []string{"server"}},
		{"a browser at localhost beside what was recorded",
			Losses{Recorded: 3, programs: []bypassProgram{{Name: "firefox-esr", Direct: at("127.0.0.1:3000")}}},
			[]string{"firefox-esr to 127.0.0.1:3000", "spectap browser URL"}, nil},
		{"the CA refused by a browser beside what was recorded",
			Losses{Recorded: 3, handshakes: 2, programs: []bypassProgram{{Name: "firefox-esr", Proxied: true}, aria}},
			[]string{"firefox-esr refused", "spectap browser URL"}, []string{"aria2c"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stderr bytes.Buffer
			p := cli.New(nil, nil, &stderr)
			if tt.l.reportMissed(p); tt.l.Recorded == 0 {
				tt.l.reportPrograms(p)
			}
			for _, s := range tt.want {
				if !strings.Contains(stderr.String(), s) {
					t.Errorf("no %q in %s", s, stderr.String())
				}
			}
			for _, s := range tt.lack {
				if strings.Contains(stderr.String(), s) {
					t.Errorf("%q in %s", s, stderr.String())
				}
			}
		})
	}
}
