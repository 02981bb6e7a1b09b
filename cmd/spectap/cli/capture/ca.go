package capture

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/certs"
	"github.com/spectap/spectap/certs/truststore"
	"github.com/spectap/spectap/cmd/spectap/cli"
)

const caExample = `  spectap ca path                            # the certificate that clients must trust
  curl --cacert "$(spectap ca path)" -x http://127.0.0.1:8080 https://example.com/
  spectap ca print | openssl x509 -noout -text
  spectap ca install                         # make this machine trust the CA; uninstall reverts it
  spectap ca rotate                          # replace the CA by a new one`

// NewCACmd returns the command ca.
func NewCACmd(p *cli.Program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ca",
		Short: "Manage the local CA of the proxy",
		Long: `Manages the local CA, which signs the certificates of the proxy. The first command that needs
the CA creates it. Anyone who can read its key can impersonate any site to clients that trust
the CA.`,
		Example: caExample,
		Args:    cli.SomeCommand("path, print, install, uninstall or rotate"),
		RunE:    func(*cobra.Command, []string) error { return nil },
	}
	cmd.AddCommand(
		trustCommand(p, installCA, &cobra.Command{
			Use: "install", Short: "Make this machine trust the CA", Long: installLong,
			Example: "  spectap ca install\n  spectap ca install --only nss,java     # without root, if JAVA_HOME is yours",
		}),
		trustCommand(p, uninstallCA, &cobra.Command{
			Use: "uninstall", Short: "Remove the CA from the trust stores", Long: uninstallLong,
			Example: "  spectap ca uninstall\n  spectap ca uninstall --only system",
		}),
		newCAPathCmd(p),
		&cobra.Command{
			Use: "print", Short: "Print the CA certificate in PEM",
			Example: "  spectap ca print > ca.pem",
			RunE: func(*cobra.Command, []string) error {
				ca, err := loadCA(p)
				if err != nil {
					return err
				}
				_, err = p.Stdout.Write(ca.CertPEM())
				return err
			},
		},
		&cobra.Command{
			Use: "rotate", Short: "Replace the CA by a new one, which clients must trust again",
			Example: "  spectap ca rotate && spectap ca uninstall && spectap ca install",
			RunE: func(*cobra.Command, []string) error {
				ca, err := certs.Rotate(p.CADir())
				if err != nil {
					return exposedFolder(p, err)
				}
				fmt.Fprintf(p.Stderr, "new CA in %s, SHA-256 %s\n", ca.Dir(), ca.Fingerprint())
				fmt.Fprintln(p.Stderr, "Clients must trust it. A running proxy uses the old CA until it is restarted.")
				if old, err := truststore.Recorded(ca.Dir()); err == nil && len(old) > 0 {
					fmt.Fprintln(p.Stderr, "trust stores still have the old CA: "+
						"run spectap ca uninstall, then spectap ca install")
				}
				return nil
			},
		},
	)
	return cmd
}

func newCAPathCmd(p *cli.Program) *cobra.Command {
	return p.AddJSON(&cobra.Command{
		Use: "path", Short: "Print the path of the CA certificate",
		Example: `  curl --proxy http://127.0.0.1:8080 --cacert "$(spectap ca path)" https://api.example.com/users`,
		RunE: func(*cobra.Command, []string) error {
			ca, err := loadCA(p)
			if err != nil {
				return err
			}
			if p.JSON {
				return p.PrintIndentedJSON(struct {
					Path    string    `json:"path"`
					SHA256  string    `json:"sha256"` // of the certificate, in hexadecimal
					Expires time.Time `json:"expires"`
				}{ca.CertPath(), ca.Fingerprint(), ca.Root().NotAfter})
			}
			_, err = fmt.Fprintln(p.Stdout, ca.CertPath())
			return err
		},
	}, "print JSON")
}

// exposedFolder adds a hint to certs.ErrFolderExposed and returns other errors unchanged.
func exposedFolder(p *cli.Program, err error) error {
	if !errors.Is(err, certs.ErrFolderExposed) {
		return err
	}
	dir := cli.QuoteArg(p.CADir())
	return cli.WithHint(err, "chmod 700 "+dir+" && spectap ca rotate --ca-dir "+dir+
		"   # another user may have replaced the CA")
}

// loadCA loads the local CA, or creates it.
func loadCA(p *cli.Program) (*certs.Authority, error) {
	ca, created, err := certs.LoadOrCreate(p.CADir())
	key := filepath.Join(p.CADir(), certs.KeyFile)
	switch {
	case errors.Is(err, certs.ErrKeyExposed):
		if runtime.GOOS == "windows" {
			return nil, cli.WithHint(err, `icacls "`+key+`" /inheritance:r /grant:r "%USERNAME%:F"`)
		}
		return nil, cli.WithHint(err, "chmod 600 "+key)
	case errors.Is(err, certs.ErrFolderExposed):
		return nil, exposedFolder(p, err)
	case errors.Is(err, certs.ErrExpired), errors.Is(err, certs.ErrNotCA):
		return nil, cli.WithHint(err, "spectap ca rotate --ca-dir "+p.CADir())
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ENOTDIR):
		return nil, cli.WithHint(err, "another folder with --ca-dir")
	case err != nil:
		return nil, err
	}
	if created {
		fmt.Fprintf(p.Stderr, "created a local CA in %s\n", ca.Dir())
	}
	return ca, nil
}

const trustLong = `Stores: system (Debian, Ubuntu, Fedora, RHEL, Arch, SUSE, macOS, Windows), nss (Firefox, and
Chromium on Linux; needs certutil), java (the cacerts of JAVA_HOME). Tested on Debian; untested
on other distributions, macOS and Windows.`

const installLong = `Adds the CA to the trust stores of this machine, so that clients trust it without a flag. The
state of each store is printed: installed, already installed, not here, or failed with a command
to try. The exit status is 1 if no store trusts the CA afterwards.

Anyone who can read the key of the CA can then impersonate any site to this machine. Install it
on machines for testing, and uninstall it afterwards. Changing the store of the system needs
root; sudo is used if it is installed, and may ask for a password. ` + "`spectap run`" + ` does not
need the CA installed.

` + trustLong

const uninstallLong = `Removes the CA, and CAs that it has replaced, from the trust stores. It changes nothing else.
The exit status is 1 if a store still has one of them.

` + trustLong

// trustCommand completes a command that changes the trust stores of --only.
func trustCommand(p *cli.Program, change func(*cli.Program, []truststore.Kind) error, cmd *cobra.Command) *cobra.Command {
	only := cmd.Flags().StringSlice("only", nil, "the `stores` to change: system, nss, java (default: all)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		kinds, err := trustKinds(cmd, *only)
		if err != nil {
			return err
		}
		return change(p, kinds)
	}
	return cmd
}

// trustKinds parses --only.
func trustKinds(cmd *cobra.Command, only []string) ([]truststore.Kind, error) {
	if !cmd.Flags().Changed("only") {
		return truststore.Kinds(), nil
	}
	var kinds []truststore.Kind
	for _, s := range only {
		k := truststore.Kind(s)
		if !slices.Contains(truststore.Kinds(), k) {
			return nil, cli.Usagef(cmd, "--only %q: must be system, nss or java", s)
		}
		if !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	if len(kinds) == 0 {
		return nil, cli.Usagef(cmd, "--only names no store: must be system, nss or java")
	}
	return kinds, nil
}

// installCA adds the CA to the stores and prints the state of each.
func installCA(p *cli.Program, kinds []truststore.Kind) error {
	ca, err := loadCA(p)
	if err != nil {
		return err
	}
	if err := truststore.Record(ca.Dir(), ca.Root()); err != nil {
		return err
	}
	announceSudo(p, kinds)
	cert := truststore.Certificate{Certificate: ca.Root(), File: ca.CertPath()}
	trusted := false
	for _, k := range kinds {
		r := truststore.Install(k, cert)
		printTrust(p, r)
		trusted = trusted || r.State == truststore.Installed || r.State == truststore.AlreadyInstalled
	}
	if trusted {
		fmt.Fprintln(p.Stderr, "restart running programs so that they trust the CA; to remove it: spectap ca uninstall")
		return nil
	}
	if !truststore.IsInstalled(cert) {
		if err := truststore.Forget(ca.Dir(), ca.Root()); err != nil {
			return err
		}
	}
	return cli.WithHint(errors.New("no trust store took the CA"), "spectap run -- COMMAND, which needs no trust store")
}

// uninstallCA removes the CA, and recorded ones that it replaced, from the stores.
func uninstallCA(p *cli.Program, kinds []truststore.Kind) error {
	old, err := truststore.Recorded(p.CADir())
	if err != nil {
		return err
	}
	// The record has the certificate of a CA that cannot be loaded.
	ca, err := certs.Load(p.CADir())
	if err != nil && !errors.Is(err, fs.ErrNotExist) && len(old) == 0 {
		return err
	}
	if ca != nil && !slices.ContainsFunc(old, ca.Root().Equal) {
		old = append(old, ca.Root())
	}
	if len(old) == 0 {
		fmt.Fprintf(p.Stderr, "nothing to remove: no CA in %s\n", p.CADir())
		return nil
	}
	announceSudo(p, kinds)
	failed := false
	for _, root := range old {
		bad, err := uninstallRoot(p, kinds, root, len(old) > 1)
		if err != nil {
			return err
		}
		failed = failed || bad
	}
	if failed {
		return errors.New("a trust store still has the CA")
	}
	return nil
}

// uninstallRoot removes one certificate from the stores, then from the record if no store has it.
func uninstallRoot(p *cli.Program, kinds []truststore.Kind, root *x509.Certificate, named bool) (failed bool, err error) {
	cert := truststore.Certificate{Certificate: root, File: filepath.Join(p.CADir(), truststore.RecordFile)}
	if ca, err := certs.Load(p.CADir()); err == nil && ca.Root().Equal(root) { // it was not replaced
		cert.File = ca.CertPath()
	}
	if named {
		fmt.Fprintf(p.Stdout, "%s:\n", root.Subject.CommonName)
	}
	for _, k := range kinds {
		r := truststore.Uninstall(k, cert)
		printTrust(p, r)
		failed = failed || r.State == truststore.Failed
	}
	if !truststore.IsInstalled(cert) {
		return failed, truststore.Forget(p.CADir(), root)
	}
	return failed, nil
}

// announceSudo announces the password prompt of sudo, if there may be one.
func announceSudo(p *cli.Program, kinds []truststore.Kind) {
	if _, err := exec.LookPath("sudo"); err != nil || os.Geteuid() <= 0 || !slices.Contains(kinds, truststore.System) {
		return
	}
	fmt.Fprintln(p.Stderr, "the store of the system needs root: sudo may ask for your password")
}

// printTrust prints the state of a store, and a command to try if it failed.
func printTrust(p *cli.Program, r truststore.Result) {
	what := r.Where
	if r.Err != nil {
		what = strings.TrimPrefix(what+": "+r.Err.Error(), ": ")
	}
	untested := truststore.Untested()
	if untested != "" && r.Kind == truststore.System && r.State != truststore.Absent {
		what += " (" + untested + ")"
	}
	fmt.Fprintf(p.Stdout, "%-7s %-17s %s\n", r.Kind, r.State, what)
	if r.Hint != "" {
		fmt.Fprintf(p.Stdout, "%-7s %-17s %s\n", "", "try:", r.Hint)
	}
}
