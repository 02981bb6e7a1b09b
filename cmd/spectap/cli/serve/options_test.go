package serve

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/test/must"
)

// TestOptions checks that flags reach the tools, the requests, the log and the credentials.
func TestOptions(t *testing.T) {
	var f Flags
	cmd := new(cobra.Command)
	f.register(cmd)
	args := "--rate 2.5 --concurrent 3 --max-result 100 --hold-for 7s --strict-output --no-log-truncation --basic-auth anna:pw"
	must.Do(t, cmd.ParseFlags(strings.Fields(args)))
	s := Serving{F: &f}
	must.Do(t, s.setOptions(t.Context()))
	o := &s.Options
	if o.Egress.Limit != (egress.Limit{PerSecond: 2.5, Concurrent: 3}) || o.MaxResult != 100 || f.policy.HoldFor != 7*time.Second || !o.StrictOutput {
		t.Errorf("%+v", o)
	}
	long := `"` + strings.Repeat("a ", maxLogged) + `"`
	if got := f.log.shown(redact.New(make([]byte, 32), redact.Config{}), []byte(long)); got != long {
		t.Errorf("%d of %d bytes are logged", len(got), len(long))
	}
	if got := f.secrets.general.getenv("BASIC_AUTH"); got != "anna:pw" {
		t.Errorf("credential %q", got)
	}
}
