package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/certs"
	"github.com/spectap/spectap/certs/truststore"
)

const caExample = `  spectap ca path                            # the certificate that clients must trust
  curl --cacert "$(spectap ca path)" -x http://127.0.0.1:8080 https://example.com/
  spectap ca print | openssl x509 -noout -text
  spectap ca install                         # make this machine trust the CA; uninstall reverts it
  spectap ca rotate                          # replace the CA by a new one`

func newCACmd(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ca",
		Short: "Manage the local CA of the proxy",
		Long: `Manages the local CA, which signs the certificates of the proxy. The first command that needs
the CA creates it. Anyone who can read its key can impersonate any site to clients that trust
the CA.`,
		Example: caExample,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef(cmd, "spectap ca takes a command: path, print, install, uninstall or rotate")
			}
			return knownCommand(cmd, args)
		},
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	cmd.AddCommand(
		newCAInstallCmd(p), newCAUninstallCmd(p),
		newCAPathCmd(p),
		&cobra.Command{
			Use: "print", Short: "Print the CA certificate in PEM", Args: exactly(0, "no arguments"),
			Example: "  spectap ca print > ca.pem",
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
			Use: "rotate", Short: "Replace the CA by a new one, which clients must trust again",
			Example: "  spectap ca rotate && spectap ca uninstall && spectap ca install",
			Args:    exactly(0, "no arguments"),
			RunE: func(*cobra.Command, []string) error {
				ca, err := certs.Rotate(p.caDir())
				if err != nil {
					return p.exposedFolder(err)
				}
				fmt.Fprintf(p.stderr, "new CA in %s, SHA-256 %s\n", ca.Dir(), ca.Fingerprint())
				fmt.Fprintln(p.stderr, "Clients must trust it. A running proxy uses the old CA until it is restarted.")
				if old, err := truststore.Recorded(ca.Dir()); err == nil && len(old) > 0 {
					fmt.Fprintln(p.stderr, "trust stores still have the old CA: "+
						"run spectap ca uninstall, then spectap ca install")
				}
				return nil
			},
		},
	)
	return cmd
}

func newCAPathCmd(p *program) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "path", Short: "Print the path of the CA certificate", Args: exactly(0, "no arguments"),
		Example: `  curl --proxy http://127.0.0.1:8080 --cacert "$(spectap ca path)" https://api.example.com/users`,
		RunE: func(*cobra.Command, []string) error {
			ca, err := p.loadCA()
			if err != nil {
				return err
			}
			if asJSON {
				return p.printIndentedJSON(struct {
					Path    string    `json:"path"`
					SHA256  string    `json:"sha256"` // of the certificate, in hexadecimal
					Expires time.Time `json:"expires"`
				}{ca.CertPath(), ca.Fingerprint(), ca.Root().NotAfter})
			}
			_, err = fmt.Fprintln(p.stdout, ca.CertPath())
			return err
		},
	}
	addJSON(cmd, &asJSON)
	return cmd
}

// exposedFolder adds a hint to certs.ErrFolderExposed, and returns other errors as they are.
func (p *program) exposedFolder(err error) error {
	if !errors.Is(err, certs.ErrFolderExposed) {
		return err
	}
	dir := quoteArg(p.caDir())
	return &hint{err, "chmod 700 " + dir + " && spectap ca rotate --ca-dir " + dir +
		"   # another user may have replaced the CA"}
}

// loadCA loads the local CA, or creates it.
func (p *program) loadCA() (*certs.Authority, error) {
	ca, created, err := certs.LoadOrCreate(p.caDir())
	key := filepath.Join(p.caDir(), certs.KeyFile)
	switch {
	case errors.Is(err, certs.ErrKeyExposed):
		if runtime.GOOS == "windows" {
			return nil, &hint{err, `icacls "` + key + `" /inheritance:r /grant:r "%USERNAME%:F"`}
		}
		return nil, &hint{err, "chmod 600 " + key}
	case errors.Is(err, certs.ErrFolderExposed):
		return nil, p.exposedFolder(err)
	case errors.Is(err, certs.ErrExpired), errors.Is(err, certs.ErrNotCA):
		return nil, &hint{err, "spectap ca rotate --ca-dir " + p.caDir()}
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ENOTDIR):
		return nil, &hint{err, "another folder with --ca-dir"}
	case err != nil:
		return nil, err
	}
	if created {
		fmt.Fprintf(p.stderr, "created a local CA in %s\n", ca.Dir())
	}
	return ca, nil
}
