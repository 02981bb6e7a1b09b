package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/certs"
	"github.com/spectap/spectap/certs/truststore"
)

const caExample = `  spectap ca path                            # the certificate for clients to trust
  curl --cacert "$(spectap ca path)" -x http://127.0.0.1:8080 https://example.com/
  spectap ca print | openssl x509 -noout -text
  spectap ca install                         # make this machine trust it; uninstall takes it back
  spectap ca rotate                          # a new CA; the old one is gone`

func newCACmd(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "ca",
		Short:   "The local CA that the proxy signs with",
		Long:    "The local CA that the proxy signs with. It is made when it is first needed.\nWhoever reads its key can impersonate any site to a client that trusts it.",
		Example: caExample,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef(cmd, "spectap ca takes a command: path, print, install, uninstall or rotate")
			}
			return usagef(cmd, "unknown command %q: must be path, print, install, uninstall or rotate", args[0])
		},
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	cmd.AddCommand(
		newCAInstallCmd(p), newCAUninstallCmd(p),
		&cobra.Command{
			Use: "path", Short: "Print the file of the CA's certificate", Args: exactly(0, "no arguments"),
			RunE: func(*cobra.Command, []string) error {
				ca, err := p.loadCA()
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(p.stdout, ca.CertPath())
				return err
			},
		},
		&cobra.Command{
			Use: "print", Short: "Print the CA's certificate in PEM", Args: exactly(0, "no arguments"),
			RunE: func(*cobra.Command, []string) error {
				ca, err := p.loadCA()
				if err != nil {
					return err
				}
				_, err = p.stdout.Write(ca.CertPEM())
				return err
			},
		},
		&cobra.Command{
			Use: "rotate", Short: "Replace the CA by a new one, which clients have to trust anew", Args: exactly(0, "no arguments"),
			RunE: func(*cobra.Command, []string) error {
				ca, err := certs.Rotate(p.caDir())
				if err != nil {
					return err
				}
				fmt.Fprintf(p.stderr, "new CA in %s, SHA-256 %s\nClients have to trust it; a proxy that is running goes on with the old one until it is started again.\n", ca.Dir(), ca.Fingerprint())
				if old, err := truststore.Recorded(ca.Dir()); err == nil && len(old) > 0 {
					fmt.Fprintln(p.stderr, "trust stores have the old one: spectap ca uninstall, then spectap ca install")
				}
				return nil
			},
		},
	)
	return cmd
}

// loadCA loads the local CA, or makes it.
func (p *program) loadCA() (*certs.Authority, error) {
	ca, created, err := certs.LoadOrCreate(p.caDir())
	key := filepath.Join(p.caDir(), certs.KeyFile)
	switch {
	case errors.Is(err, certs.ErrKeyExposed):
		if runtime.GOOS == "windows" {
			return nil, &hint{err, `icacls "` + key + `" /inheritance:r /grant:r "%USERNAME%:F"`}
		}
		return nil, &hint{err, "chmod 600 " + key}
	case errors.Is(err, certs.ErrExpired), errors.Is(err, certs.ErrNotCA):
		return nil, &hint{err, "spectap ca rotate --ca-dir " + p.caDir()}
	case errors.Is(err, fs.ErrPermission):
		return nil, &hint{err, "another folder with --ca-dir"}
	case err != nil:
		return nil, err
	}
	if created {
		fmt.Fprintf(p.stderr, "made a local CA in %s\n", ca.Dir())
	}
	return ca, nil
}
