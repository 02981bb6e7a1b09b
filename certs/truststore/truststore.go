// Package truststore puts a CA's certificate into the trust stores of this machine and takes it out again.
//
// The stores are the system's (Linux families, macOS, Windows), those of NSS (Firefox, Chromium on Linux) and
// that of Java. Writing them is left to github.com/smallstep/truststore, which runs the platform's own tools,
// through sudo where there is sudo; this package looks before and after, so that a result says what the store
// has and not what a tool said, and takes back what was added by half.
//
// Run on Debian: system, NSS, Java. Not run: Fedora, RHEL, Arch, SUSE, macOS, Windows ([Untested]).
//
// On macOS, removing takes the trust away; the certificate itself stays in the keychain, without effect.
//
// Its functions must not be called at the same time: the library underneath keeps its settings in variables.
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

// Kind names a family of trust stores.
type Kind string

// The kinds of trust stores.
const (
	System Kind = "system"
	NSS    Kind = "nss"
	Java   Kind = "java"
)

// Kinds lists all kinds in the order in which they are written. Java comes after System, since the system's
// tools write Java's store, too, on some distributions.
func Kinds() []Kind { return []Kind{System, NSS, Java} }

// State is what became of a certificate in a store.
type State string

// The states. Install ends in Installed, AlreadyThere, NotHere or Failed; Uninstall in Removed, NotInstalled,
// NotHere or Failed.
const (
	Installed    State = "installed"
	AlreadyThere State = "already installed"
	Removed      State = "removed"
	NotInstalled State = "not installed"
	NotHere      State = "not here"
	Failed       State = "failed"
)

// Result is what became of one certificate in the stores of one kind.
type Result struct {
	Kind  Kind
	State State
	Where string // a file, a folder or a name of the store; "" when it is not here
	Why   error  // why it is not here or failed; beside other states, what a tool complained about or which part failed
	Try   string // a command that may help, "" for none
}

// Certificate is the certificate to trust with the file that holds it in PEM, which is named in commands to type.
type Certificate struct {
	*x509.Certificate
	File string
}

// store is the stores of one kind.
type store interface {
	// find returns where the store is, or why there is none. A store that is there but cannot be written for want
	// of a tool is an error, too, with failed set.
	find() (where string, absent *absence)
	// state says whether the certificate is in any part of the store and in all of them.
	state(c Certificate) (some, all bool)
	// loose says that each part serves clients of its own, so that some parts are better than none.
	loose() bool
	add(c Certificate) error
	remove(c Certificate) error
	// byHand returns the command that does the same.
	byHand(c Certificate, remove bool) string
}

// absence is why a store cannot be used.
type absence struct {
	why    error
	try    string
	failed bool // it is here, and something else is missing
}

func (a *absence) result(k Kind, where string) Result {
	r := Result{Kind: k, State: NotHere, Where: where, Why: a.why, Try: a.try}
	if a.failed {
		r.State = Failed
	}
	return r
}

func open(k Kind) store {
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

// errKind is for kinds that are none of Kinds.
var errKind = errors.New("no such kind of trust store")

// Install makes the stores of a kind trust c. What is there already stays as it is.
func Install(k Kind, c Certificate) Result {
	s := open(k)
	if s == nil {
		return Result{Kind: k, State: Failed, Why: errKind}
	}
	return install(k, s, c)
}

func install(k Kind, s store, c Certificate) Result {
	where, absent := s.find()
	if absent != nil {
		return absent.result(k, where)
	}
	before, all := s.state(c)
	if all {
		return Result{Kind: k, State: AlreadyThere, Where: where}
	}
	err := explain(s.add(c))
	some, all := s.state(c)
	if all {
		return Result{Kind: k, State: Installed, Where: where, Why: err}
	}
	if err == nil {
		err = errors.New("the store does not have it afterwards")
	}
	if some && s.loose() {
		r := Result{Kind: k, State: Installed, Where: where, Why: err, Try: s.byHand(c, false)}
		if before {
			r.State = AlreadyThere
		}
		return r
	}
	if some && !before { // what was there by half before is not made worse
		rerr := explain(s.remove(c))
		if some, _ := s.state(c); some {
			err = fmt.Errorf("%w; a part of it stays: %w", err, cmp.Or(rerr, errors.New("the store still has it")))
		}
	}
	return Result{Kind: k, State: Failed, Where: where, Why: err, Try: s.byHand(c, false)}
}

// Uninstall takes c, and nothing else, out of the stores of a kind.
func Uninstall(k Kind, c Certificate) Result {
	s := open(k)
	if s == nil {
		return Result{Kind: k, State: Failed, Why: errKind}
	}
	return uninstall(k, s, c)
}

func uninstall(k Kind, s store, c Certificate) Result {
	where, absent := s.find()
	if absent != nil {
		return absent.result(k, where)
	}
	if some, _ := s.state(c); !some {
		return Result{Kind: k, State: NotInstalled, Where: where}
	}
	err := explain(s.remove(c))
	if some, _ := s.state(c); !some {
		return Result{Kind: k, State: Removed, Where: where, Why: err}
	}
	if err == nil {
		err = errors.New("the store still has it")
	}
	return Result{Kind: k, State: Failed, Where: where, Why: err, Try: s.byHand(c, true)}
}

// certificate is what tee prints beside its complaint.
var certificate = regexp.MustCompile(`(?s)-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----`)

// explain adds what a tool printed to the library's error, which only has the tool's exit status.
func explain(err error) error {
	var cmd *truststore.CmdError
	if !errors.As(err, &cmd) {
		return err
	}
	if errors.Is(cmd.Err(), exec.ErrNotFound) {
		return fmt.Errorf("it needs root, and there is no sudo: %w", cmd.Err())
	}
	last := ""
	for line := range strings.Lines(string(certificate.ReplaceAll(cmd.Out(), nil))) {
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

// nickname is the name that the library gives a certificate in a store.
func nickname(c Certificate) string {
	return c.Subject.CommonName + " " + c.SerialNumber.String()
}
