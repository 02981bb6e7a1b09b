package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

const proxyExample = `  spectap proxy                                    # on 127.0.0.1:8080, until interrupted
  spectap proxy --db shop.db --listen 127.0.0.1:0  # on a free port, which is printed
  curl --cacert "$(spectap ca path)" -x http://127.0.0.1:8080 https://example.com/`

// drainTimeout limits the time to end open exchanges, and to store the queue, after an interrupt.
const drainTimeout = 10 * time.Second

func newProxyCmd(p *program) *cobra.Command {
	var o tapOptions
	var ui uiFlags
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
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := ui.check(cmd); err != nil {
				return err
			}
			if err := o.hub.take(p, cmd); err != nil {
				return err
			}
			t, err := p.startTap(&o)
			if err != nil {
				return err
			}
			fmt.Fprintf(p.stdout, "listening on %s\n", t.listener.Addr())
			if o.hub.on() {
				fmt.Fprintf(p.stderr, "sending to %s as %s\n", o.hub.address, o.hub.source)
			}
			fmt.Fprintf(p.stderr, "recording to %s\nclients must trust %s\n", p.dbPath(), t.ca.CertPath())
			ui.sending, ui.open, ui.recorder = t.hub, t.openForPage(p), t.recorder(&o)
			ui.trust = o.trust
			shown, err := p.showPage(cmd.Context(), &ui)
			if err == nil {
				select {
				case <-cmd.Context().Done():
					err = shown()
				case err = <-t.served:
					err = fmt.Errorf("serve %s: %w", t.listener.Addr(), err)
				}
			}
			l, serr := t.stop()
			if err = errors.Join(err, serr); err != nil {
				return err
			}
			fmt.Fprintf(p.stderr, "%s recorded in %s\n", plural(int(l.recorded), "flow"), p.dbPath())
			return l.reportOf(p, t.ca.CertPath())
		},
	}
	o.addReachFlags(cmd)
	o.addFlags(cmd)
	o.hub.addFlags(cmd)
	o.retention.addFlags(cmd)
	ui.addFlags(cmd)
	o.live = true
	return cmd
}

// addReachFlags adds the flags that say whom the proxy serves.
func (o *tapOptions) addReachFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "", "loopback `address` to listen on; port 0 selects a free one "+
		"(env "+hostEnv+", "+portEnv+"; default 127.0.0.1:8080)")
	f.StringVar(&o.reverse, "reverse", "",
		"forward requests that are addressed to the proxy to this `URL`; their clients need no CA")
	f.BoolVar(&o.allowRemote, "allow-remote", false,
		"accept other machines, with the credentials in "+proxyAuthEnv+"=USER:PASSWORD")
	f.BoolVar(&o.remotePrivate, "allow-remote-private", false,
		"let other machines reach loopback, private and link-local addresses, and those of this machine")
}
