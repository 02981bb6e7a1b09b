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
		Use: "uninstall", Short: "Remove the CA from the trust stores", Long: uninstallLong,
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

// trustKinds parses --only.
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

// installCA adds the CA to the stores and prints the state of each.
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
		trusted = trusted || r.State == truststore.Installed || r.State == truststore.AlreadyInstalled
	}
	if trusted {
		fmt.Fprintln(p.stderr,
			"restart running programs so that they trust the CA; to remove it: spectap ca uninstall")
		return nil
	}
	if !truststore.IsInstalled(cert) {
		if err := truststore.Forget(ca.Dir(), ca.Root()); err != nil {
			return err
		}
	}
	return &hint{errors.New("no trust store took the CA"), "spectap run -- COMMAND, which needs no trust store"}
}

// uninstallCA removes the CA, and recorded ones that it replaced, from the stores.
func (p *program) uninstallCA(kinds []truststore.Kind) error {
	old, err := truststore.Recorded(p.caDir())
	if err != nil {
		return err
	}
	// The record has the certificate of a CA that cannot be loaded.
	ca, err := certs.Load(p.caDir())
	if err != nil && !errors.Is(err, fs.ErrNotExist) && len(old) == 0 {
		return err
	}
	if ca != nil && !slices.ContainsFunc(old, ca.Root().Equal) {
		old = append(old, ca.Root())
	}
	if len(old) == 0 {
		fmt.Fprintf(p.stderr, "nothing to remove: no CA in %s\n", p.caDir())
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

// uninstallRoot removes one certificate from the stores, then from the record if no store has it.
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
	if !truststore.IsInstalled(cert) {
		return failed, truststore.Forget(p.caDir(), root)
	}
	return failed, nil
}

// rootFile returns the file that contains root: that of the CA, or the record if root was replaced.
func (p *program) rootFile(root *x509.Certificate) string {
	if ca, err := certs.Load(p.caDir()); err == nil && ca.Root().Equal(root) {
		return ca.CertPath()
	}
	return filepath.Join(p.caDir(), truststore.RecordFile)
}

// announceSudo announces the password prompt of sudo, if there may be one.
func (p *program) announceSudo(kinds []truststore.Kind) {
	if _, err := exec.LookPath("sudo"); err != nil || os.Geteuid() <= 0 || !slices.Contains(kinds, truststore.System) {
		return
	}
	fmt.Fprintln(p.stderr, "the store of the system needs root: sudo may ask for your password")
}

// printTrust prints the state of a store, and a command to try if it failed.
func (p *program) printTrust(r truststore.Result) {
	what := r.Where
	if r.Err != nil {
		what = strings.TrimPrefix(what+": "+r.Err.Error(), ": ")
	}
	untested := truststore.Untested()
	if untested != "" && r.Kind == truststore.System && r.State != truststore.Absent {
		what += " (" + untested + ")"
	}
	fmt.Fprintf(p.stdout, "%-7s %-17s %s\n", r.Kind, r.State, what)
	if r.Hint != "" {
		fmt.Fprintf(p.stdout, "%-7s %-17s %s\n", "", "try:", r.Hint)
	}
}
