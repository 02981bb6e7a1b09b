// Package truststore installs the certificate of a CA in the trust stores of this machine and
// removes it again.
//
// The stores are those of the system (Linux families, macOS, Windows), of NSS (Firefox, Chromium on
// Linux) and of Java. The library github.com/smallstep/truststore writes them with the platform's
// own tools, and with sudo where it exists. This package inspects a store before and after, so that
// a [Result] describes the content of the store, not the output of a tool. It undoes an
// installation that failed in part.
//
// Tested on Debian: system, NSS, Java. Not tested: Fedora, RHEL, Arch, SUSE, macOS, Windows (see
// [Untested]).
//
// On macOS, uninstalling removes the trust. The certificate itself stays in the keychain, without
// effect.
//
// The functions are not safe for concurrent use, because the library keeps its settings in global
// variables.
//
// Read truststore.go first.
package truststore

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"

	"github.com/smallstep/truststore"
)

// Kind is a kind of trust store.
type Kind string

// The kinds of trust stores.
const (
	System Kind = "system"
	NSS    Kind = "nss"
	Java   Kind = "java"
)

// Kinds returns all kinds in the order in which to write them. Java comes after System, because the
// tools of some distributions write Java's store, too.
func Kinds() []Kind { return []Kind{System, NSS, Java} }

// State is the outcome for a certificate in a store.
type State string

// The states. [Install] ends in Installed, AlreadyInstalled, Absent or Failed; [Uninstall] in
// Removed, NotInstalled, Absent or Failed. Absent means that the store does not exist on this
// machine.
const (
	Installed        State = "installed"
	AlreadyInstalled State = "already installed"
	Removed          State = "removed"
	NotInstalled     State = "not installed"
	Absent           State = "not here"
	Failed           State = "failed"
)

// Result is the outcome for one certificate in the stores of one kind.
type Result struct {
	Kind  Kind
	State State
	Where string // a file, a folder or the name of the store; "" when it is absent
	// Err is the reason why the store is absent or the operation failed. In other states it is the
	// error of a tool, or of a part of the store.
	Err  error
	Hint string // a command that may help, or ""
}

// Certificate is the certificate of a CA.
type Certificate struct {
	*x509.Certificate
	File string // has the certificate in PEM; used in hints
}

// store is the store of one kind. It may have several parts, such as the databases of several
// browsers.
type store interface {
	// find returns where the store is, or why it cannot be used.
	find() (where string, obstacle *obstacle)
	// installed reports whether the certificate is in any part of the store, and whether it is in
	// all.
	installed(c Certificate) (some, all bool)
	// hasIndependentParts reports whether each part serves clients of its own, so that a
	// certificate in some parts is useful.
	hasIndependentParts() bool
	add(c Certificate) error
	remove(c Certificate) error
	// manualCommand returns the command with which a person adds or removes the certificate.
	manualCommand(c Certificate, remove bool) string
}

// obstacle is the reason why a store cannot be used.
type obstacle struct {
	err    error
	hint   string
	exists bool // the store exists, but the tool to write it is missing
}

func (o *obstacle) result(k Kind, where string) Result {
	r := Result{Kind: k, State: Absent, Where: where, Err: o.err, Hint: o.hint}
	if o.exists {
		r.State = Failed
	}
	return r
}

// storeOf returns the store of a kind, nil for an unknown kind.
func storeOf(k Kind) store {
	switch k {
	case System:
		return newSystem()
	case NSS:
		return newNSS()
	case Java:
		return newJava()
	}
	return nil
}

// errKind is the error of a kind that [Kinds] does not have.
var errKind = errors.New("no such kind of trust store")

// Install installs c in the store of a kind, unless it is there already.
func Install(k Kind, c Certificate) Result { return apply(install, k, c) }

// install completes the result r.
func install(r Result, s store, c Certificate) Result {
	before, all := s.installed(c)
	if all {
		r.State = AlreadyInstalled
		return r
	}
	r.Err = withOutput(s.add(c))
	some, all := s.installed(c)
	if r.State = Installed; all {
		return r
	}
	r.Err, r.Hint = cmp.Or(r.Err, errors.New("the store does not have it afterwards")), s.manualCommand(c, false)
	if some && s.hasIndependentParts() {
		if before {
			r.State = AlreadyInstalled
		}
		return r
	}
	r.State = Failed
	if some && !before { // a store that had it in part before is not made worse
		err := withOutput(s.remove(c))
		if some, _ := s.installed(c); some {
			r.Err = fmt.Errorf("%w; it stays in a part of the store: %w", r.Err, cmp.Or(err, errors.New("the store still has it")))
		}
		r.Hint = s.manualCommand(c, false)
	}
	return r
}

// Uninstall removes c, and nothing else, from the store of a kind.
func Uninstall(k Kind, c Certificate) Result { return apply(uninstall, k, c) }

// apply installs or uninstalls c in the store of a kind.
func apply(change func(Result, store, Certificate) Result, k Kind, c Certificate) Result {
	s := storeOf(k)
	if s == nil {
		return Result{Kind: k, State: Failed, Err: errKind}
	}
	where, obstacle := s.find()
	if obstacle != nil {
		return obstacle.result(k, where)
	}
	return change(Result{Kind: k, Where: where}, s, c)
}

// uninstall completes the result r.
func uninstall(r Result, s store, c Certificate) Result {
	if some, _ := s.installed(c); !some {
		r.State = NotInstalled
		return r
	}
	r.Err = withOutput(s.remove(c))
	if some, _ := s.installed(c); !some {
		r.State = Removed
		return r
	}
	r.State, r.Err, r.Hint = Failed, cmp.Or(r.Err, errors.New("the store still has it")), s.manualCommand(c, true)
	return r
}

// certificateText matches the certificate that tee prints together with its error.
var certificateText = regexp.MustCompile(`(?s)-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----`)

// withOutput adds the last line that a tool printed to the library's error, which has only the exit
// status. Joined errors become one line; the library reports some for each pattern of profiles.
func withOutput(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all error
		for _, e := range joined.Unwrap() {
			if e = withOutput(e); all == nil {
				all = e
			} else if !strings.Contains(all.Error(), e.Error()) {
				all = fmt.Errorf("%w; %w", all, e)
			}
		}
		return all
	}
	var cmd *truststore.CmdError
	if !errors.As(err, &cmd) {
		return err
	}
	if errors.Is(cmd.Err(), exec.ErrNotFound) {
		return fmt.Errorf("this needs root, and sudo is not installed: %w", cmd.Err())
	}
	last := ""
	for line := range strings.Lines(string(certificateText.ReplaceAll(cmd.Out(), nil))) {
		if line = strings.TrimSpace(line); line != "" {
			last = line
		}
	}
	name := strings.Join(cmd.Cmd().Args[:min(3, len(cmd.Cmd().Args))], " ")
	if last == "" {
		return fmt.Errorf("run %s: %w", name, cmd.Err())
	}
	return fmt.Errorf("run %s: %w: %s", name, cmd.Err(), last)
}

// nickname returns the name under which the library stores a certificate.
func nickname(c Certificate) string { return c.Subject.CommonName + " " + c.SerialNumber.String() }
