package capture

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/page"
)

const proxyExample = `  spectap proxy                                    # on 127.0.0.1:8080, until interrupted
  spectap proxy --db shop.db --listen 127.0.0.1:0  # on a free port, which is printed
  curl --cacert "$(spectap ca path)" -x http://127.0.0.1:8080 https://example.com/
  spectap proxy --guard github.yaml --guard internal.yaml --policy policy.yaml   # let only their operations pass`

// DrainTimeout limits the time that open exchanges get to end, and the queue to be stored, after an
// interrupt.
const DrainTimeout = 10 * time.Second

// NewProxyCmd returns the command proxy.
func NewProxyCmd(p *cli.Program) *cobra.Command {
	var o TapOptions
	var ui page.Flags
	var quiet bool
	cmd := &cobra.Command{
		Use:   "proxy",
		Short: "Record the traffic of a proxy, until interrupted",
		Long: `Runs a proxy and records its traffic until interrupted. Clients must be configured to use the
proxy and to trust its CA. When the proxy is ready it prints one line with its address. The exit
status is 3 if something could not be recorded. --skip leaves flows out; their number is printed
at the end.

A flag wins over an environment variable, and that over the configuration file.

While the proxy runs, other commands use the store through it, and the proxy applies the rules
in the store. SIGUSR1 pauses and resumes recording.`,
		Example: proxyExample,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := ui.Check(cmd); err != nil {
				return err
			}
			if err := o.hub.Take(p, cmd); err != nil {
				return err
			}
			p.LogRows = !quiet && p.Terminal() != nil
			defer o.guard.close()
			if err := o.guard.open(cmd.Context(), p, cmd, &o); err != nil {
				return err
			}
			t, err := StartTap(p, &o)
			if err != nil {
				return err
			}
			fmt.Fprintf(p.Stdout, "listening on %s\n", t.Listener.Addr())
			if o.hub.On() {
				fmt.Fprintf(p.Stderr, "sending to %s as %s\n", o.hub.Address, o.hub.Source)
			}
			fmt.Fprintf(p.Stderr, "recording to %s\nclients must trust %s\n", p.DBPath(), t.CA.CertPath())
			ui.Sending, ui.Open, ui.Recorder = t.hub, t.openForPage(p), t.recorder(&o)
			ui.Trust = o.Trust
			ui.Guarded(&o.guard.policy)
			shown, err := page.ShowPage(cmd.Context(), p, &ui)
			if err == nil {
				select {
				case <-cmd.Context().Done():
					err = shown()
				case err = <-t.served:
					err = fmt.Errorf("serve %s: %w", t.Listener.Addr(), err)
				}
			}
			l, serr := t.Stop()
			if err = errors.Join(err, serr); err != nil {
				return err
			}
			fmt.Fprintf(p.Stderr, "%s recorded in %s\n", cli.Plural(int(l.Recorded), "flow"), p.DBPath())
			return l.reportOf(p, t.CA.CertPath())
		},
	}
	o.addReachFlags(cmd)
	o.AddFlags(cmd)
	o.hub.AddFlags(cmd)
	o.retention.AddFlags(cmd)
	ui.AddFlags(cmd)
	o.guard.addFlags(cmd)
	o.live = true
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "on a terminal: show only counts, instead of each flow")
	return cmd
}

// addReachFlags adds the flags that control which clients the proxy serves.
func (o *TapOptions) addReachFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.Listen, "listen", "", "loopback `address` to listen on; port 0 selects a free one "+
		"(env "+HostEnv+", "+PortEnv+"; default 127.0.0.1:8080)")
	f.StringVar(&o.reverse, "reverse", "",
		"forward requests that are addressed to the proxy to this `URL`; their clients need no CA")
	f.BoolVar(&o.AllowRemote, "allow-remote", false,
		"accept other machines, with the credentials in "+ProxyAuthEnv+"=USER:PASSWORD")
	f.BoolVar(&o.remotePrivate, "allow-private", false,
		"let other machines reach loopback, private and link-local addresses, and those of this machine")
}
