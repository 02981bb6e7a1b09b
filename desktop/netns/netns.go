// Package netns runs a command in its own network namespace, whose connections all arrive at the
// caller.
//
// The command runs in its own user, mount and network namespace. Rules of nftables in it redirect
// each TCP connection to a listener, and each DNS query by UDP to a resolver. Their sockets were
// opened inside and are served by the caller, which stays outside: [Config].Connect connects to the
// address that the command connects to, and [Config].Serve then gets both connections. No other
// traffic leaves: other UDP is refused at once, so that clients of HTTP/3 fall back to TCP. Files
// of the caller, such as certificates, can cover others for the command only.
//
// A helper inside, which is the caller's own program started again, sets this up, starts the
// command and collects its orphans. When the command or the caller ends in any way, the helper
// kills the remaining processes. The namespaces have no names and change nothing outside, so they
// end with their processes.
//
// User, groups, folder, environment, terminal and process group of the command are the caller's.
// Root needs no user namespace and gets none unless [Config].Apart is set.
//
// Limits:
//   - Services that the command starts are reachable from inside only. Abstract Unix sockets of the
//     system are not reachable.
//   - Set-user-ID programs, such as sudo and ping, gain nothing in a user namespace.
//   - DNS queries go to the servers of the caller's /etc/resolv.conf, whatever server they ask.
//   - UDP but for DNS, ICMP and raw sockets reach nothing outside.
//
// It works on Linux. Read netns.go first, then start_linux.go and inside_linux.go.
package netns

import (
	"errors"
	"net"
	"net/netip"
	"os/exec"
)

// ErrUnsupported means that this system has no network namespaces.
var ErrUnsupported = errors.New("it needs the namespaces of Linux")

// Config describes a command. Fields are required unless they say otherwise.
type Config struct {
	// Helper is a command that calls [Inside], to which Path and Args are appended.
	Helper []string
	// Path is the file of the command, and Args its arguments, the name of the program first.
	Path string
	Args []string
	// Env is the environment of the command.
	Env []string
	// Streams sets standard input, output and error of the command.
	Streams func(*exec.Cmd)
	// Covers lists files that cover others for the command. Covered paths that are not files are
	// skipped.
	Covers []Cover
	// Serve serves a connection that the command made to an address, and closes it. It is called in
	// a goroutine of its own. It uses [Space.Dial] to connect to servers that the command can
	// reach.
	Serve func(c net.Conn, to netip.AddrPort, upstream net.Conn)
	// Connect connects to an address that the command connects to. The command's own connection
	// succeeds afterwards, and Serve gets both. If the address refuses or cannot be reached, the
	// command sees that too. After a timeout the command goes on waiting, and Connect is called
	// again. After other errors, the connection succeeds and Serve gets nil.
	Connect func(to netip.AddrPort) (net.Conn, error)
	// Resolves reports whether a name in lower case may be looked up outside, where a query could
	// carry data to anyone; for others, the command learns that they do not exist. nil means all.
	Resolves func(name string) bool
	// Apart gives the command of root a user namespace too, with all users. It then has no power
	// over other processes, and cannot read their environment or enter their network.
	Apart bool
}

// Cover is a file that covers others.
type Cover struct {
	File string   `json:"file"`
	Over []string `json:"over"`
}

// StartError means that the command could not be started. It wraps the system's error.
type StartError struct{ Err error }

func (e *StartError) Error() string { return "start: " + e.Err.Error() }

// Unwrap returns the system's error.
func (e *StartError) Unwrap() error { return e.Err }

// DeniedError means that the system does not let this user have namespaces. Try is a command that
// may change that.
type DeniedError struct {
	Err error
	Try string
}

func (e *DeniedError) Error() string { return "this system gives it no namespaces: " + e.Err.Error() }

// Unwrap returns the system's error.
func (e *DeniedError) Unwrap() error { return e.Err }
