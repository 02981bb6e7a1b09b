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

// drainTimeout bounds what is left to do after an interrupt.
const drainTimeout = 10 * time.Second

func newProxyCmd(p *program) *cobra.Command {
	var o tapOptions
	cmd := &cobra.Command{
		Use:   "proxy",
		Short: "Record what passes through a proxy, until interrupted",
		Long: `Record what passes through a proxy, until interrupted. Clients have to use it as their proxy and to trust
its CA. Prints one line with its address when it is ready. Exits with 3 if something could not be recorded.

While it runs, other commands use the same store through it, and it applies the rules that are kept there. SIGUSR1 pauses recording, and resumes it.`,
		Example: proxyExample,
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := p.startTap(&o)
			if err != nil {
				return err
			}
			fmt.Fprintf(p.stdout, "listening on %s\n", t.listener.Addr())
			fmt.Fprintf(p.stderr, "recording to %s\nclients have to trust %s\n", p.dbPath(), t.ca.CertPath())
			select {
			case <-cmd.Context().Done():
			case err = <-t.served:
				err = fmt.Errorf("serve %s: %w", t.listener.Addr(), err)
			}
			l, serr := t.stop()
			if err = errors.Join(err, serr); err != nil {
				return err
			}
			fmt.Fprintf(p.stderr, "%s recorded in %s\n", plural(int(l.recorded), "flow"), p.dbPath())
			return l.report(p)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8080", "the loopback `address` to listen on; port 0 takes a free one")
	f.StringVar(&o.reverse, "reverse", "", "pass requests to the proxy itself on to this `URL`; their clients need no CA")
	f.BoolVar(&o.allowRemote, "allow-remote", false, "let other machines in, with the credentials in "+proxyAuthEnv+"=USER:PASSWORD")
	o.addFlags(cmd)
	o.keep.addFlags(cmd)
	o.live = true
	return cmd
}
