package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/certs"
	"github.com/spectap/spectap/certs/truststore"
)

const trustLong = `Stores: system (Debian, Ubuntu, Fedora, RHEL, Arch, SUSE, macOS, Windows), nss (Firefox, and Chromium on Linux; needs
certutil), java (the cacerts of JAVA_HOME). Run on Debian; untested on the other distributions, on macOS and on Windows.`

const installLong = `Make the trust stores of this machine trust the CA, so that its clients need no flag. Each store is reported:
installed, already installed, not here, or failed with what to type. Exits with 1 when no store trusts it afterwards.

Whoever reads the CA's key can then pose as any site to this machine: install it on machines for testing, and uninstall
it afterwards. The system's store needs root: where there is sudo, it is used and may ask for a password.
` + "`spectap run`" + ` needs none of this.

` + trustLong

const uninstallLong = `Take the CA out of the trust stores, and those that it replaced; nothing else is touched. Exits with 1 when a store
still has one afterwards.

` + trustLong

func newCAInstallCmd(p *program) *cobra.Command {
	var only []string
	cmd := &cobra.Command{
		Use: "install", Short: "Make this machine trust the CA", Long: installLong,
		Example: "  spectap ca install\n  spectap ca install --only nss,java     # without root, if JAVA_HOME is yours",
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			kinds, err := trustKinds(cmd, only)
			if err != nil {
				return err
			}
			return p.installCA(kinds)
		},
	}
	addOnly(cmd, &only)
	return cmd
}

func newCAUninstallCmd(p *program) *cobra.Command {
	var only []string
	cmd := &cobra.Command{
		Use: "uninstall", Short: "Take the CA out of the trust stores", Long: uninstallLong,
		Example: "  spectap ca uninstall\n  spectap ca uninstall --only system",
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			kinds, err := trustKinds(cmd, only)
			if err != nil {
				return err
			}
			return p.uninstallCA(kinds)
		},
	}
	addOnly(cmd, &only)
	return cmd
}

func addOnly(cmd *cobra.Command, only *[]string) {
	cmd.Flags().StringSliceVar(only, "only", nil, "the `stores` to change: system, nss, java (default: all)")
}

// trustKinds reads --only.
func trustKinds(cmd *cobra.Command, only []string) ([]truststore.Kind, error) {
	if !cmd.Flags().Changed("only") {
		return truststore.Kinds(), nil
	}
	var kinds []truststore.Kind
	for _, s := range only {
		k := truststore.Kind(s)
		if !slices.Contains(truststore.Kinds(), k) {
			return nil, usagef(cmd, "--only %q: must be system, nss or java", s)
		}
		if !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	if len(kinds) == 0 {
		return nil, usagef(cmd, "--only names no store: must be system, nss or java")
	}
	return kinds, nil
}

func (p *program) installCA(kinds []truststore.Kind) error {
	ca, err := p.loadCA()
	if err != nil {
		return err
	}
	if err := truststore.Record(ca.Dir(), ca.Root()); err != nil {
		return err
	}
	p.announceSudo(kinds)
	cert := truststore.Certificate{Certificate: ca.Root(), File: ca.CertPath()}
	trusted := false
	for _, k := range kinds {
		r := truststore.Install(k, cert)
		p.printTrust(r)
		trusted = trusted || r.State == truststore.Installed || r.State == truststore.AlreadyThere
	}
	if trusted {
		fmt.Fprintf(p.stderr, "programs that are running see it when they are started again; to take it back: spectap ca uninstall\n")
		return nil
	}
	if !truststore.InUse(cert) {
		if err := truststore.Forget(ca.Dir(), ca.Root()); err != nil {
			return err
		}
	}
	return &hint{errors.New("no trust store took the CA"), "spectap run -- COMMAND, which needs none"}
}

func (p *program) uninstallCA(kinds []truststore.Kind) error {
	old, err := truststore.Recorded(p.caDir())
	if err != nil {
		return err
	}
	// A CA that cannot be loaded any more is taken from the record.
	ca, err := certs.Load(p.caDir())
	if err != nil && !errors.Is(err, fs.ErrNotExist) && len(old) == 0 {
		return err
	}
	if ca != nil && !slices.ContainsFunc(old, ca.Root().Equal) {
		old = append(old, ca.Root())
	}
	if len(old) == 0 {
		fmt.Fprintf(p.stderr, "nothing to take out: no CA in %s\n", p.caDir())
		return nil
	}
	p.announceSudo(kinds)
	failed := false
	for _, root := range old {
		bad, err := p.uninstallRoot(kinds, root, len(old) > 1)
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

// uninstallRoot takes one certificate out, and out of the record when no store has it any more.
func (p *program) uninstallRoot(kinds []truststore.Kind, root *x509.Certificate, named bool) (failed bool, err error) {
	cert := truststore.Certificate{Certificate: root, File: p.rootFile(root)}
	if named {
		fmt.Fprintf(p.stdout, "%s:\n", root.Subject.CommonName)
	}
	for _, k := range kinds {
		r := truststore.Uninstall(k, cert)
		p.printTrust(r)
		failed = failed || r.State == truststore.Failed
	}
	if !truststore.InUse(cert) {
		return failed, truststore.Forget(p.caDir(), root)
	}
	return failed, nil
}

// rootFile names the file that holds root: the CA's, or the record for one that was replaced.
func (p *program) rootFile(root *x509.Certificate) string {
	if ca, err := certs.Load(p.caDir()); err == nil && ca.Root().Equal(root) {
		return ca.CertPath()
	}
	return filepath.Join(p.caDir(), truststore.RecordFile)
}

// announceSudo says whose prompt for a password may come.
func (p *program) announceSudo(kinds []truststore.Kind) {
	if _, err := exec.LookPath("sudo"); err != nil || os.Geteuid() <= 0 || !slices.Contains(kinds, truststore.System) {
		return
	}
	fmt.Fprintln(p.stderr, "the system's store needs root: sudo may ask for your password")
}

// printTrust prints one line for a store, and one with what to type.
func (p *program) printTrust(r truststore.Result) {
	what := r.Where
	if r.Why != nil {
		what = strings.TrimPrefix(what+": "+r.Why.Error(), ": ")
	}
	if untested := truststore.Untested(); untested != "" && r.Kind == truststore.System && r.State != truststore.NotHere {
		what += " (" + untested + ")"
	}
	fmt.Fprintf(p.stdout, "%-7s %-17s %s\n", r.Kind, r.State, what)
	if r.Try != "" {
		fmt.Fprintf(p.stdout, "%-7s %-17s %s\n", "", "try:", r.Try)
	}
}
