package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
)

// listenRule says where a listener may listen, and what to type if it may not.
type listenRule struct {
	flag       string // what names the address
	remote     bool   // other machines are allowed
	remoteFlag string // what allows them
	anyPort    string // what selects a free port
	toRemote   string // what to type to serve this machine, or others
}

// check returns the address to listen on. It must be a loopback address unless others are allowed.
// Without a host it is loopback, or all interfaces if others are allowed.
func (r listenRule) check(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", &hint{&misuse{fmt.Errorf("%s %q: must be HOST:PORT", r.flag, addr)}, r.meant(addr)}
	}
	if host == "" && !r.remote {
		host = "127.0.0.1"
	}
	if !r.remote && !isLoopback(host) {
		return "", &hint{&misuse{fmt.Errorf("%s %q: must be a loopback address without %s", r.flag, addr, r.remoteFlag)}, r.toRemote}
	}
	return net.JoinHostPort(host, port), nil
}

// meant says what to type instead of an address that is not HOST:PORT: a port alone, a host alone
// or a URL.
func (r listenRule) meant(addr string) string {
	_, rest, isURL := strings.Cut(addr, "://")
	if !isURL {
		rest = addr
	}
	rest, _, _ = strings.Cut(rest, "/")
	host, port, err := net.SplitHostPort(rest)
	if err != nil {
		if host, port = "127.0.0.1", rest; isLoopback(rest) {
			host, port = rest, "0"
		}
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil || host == "" || strings.ContainsAny(host, " '") {
		return r.anyPort
	}
	before, _, _ := strings.Cut(r.anyPort, "127.0.0.1:")
	return before + net.JoinHostPort(host, port)
}

// listen opens the listener for an address.
func (r listenRule) listen(addr string) (net.Listener, error) {
	addr, err := r.check(addr)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, &hint{fmt.Errorf("listen on %s: the port is in use", addr), r.anyPort}
	}
	if err != nil {
		return nil, &hint{fmt.Errorf("listen on %s: %w", addr, err), r.anyPort}
	}
	return l, nil
}

// isLoopback reports whether a host is a loopback address or localhost.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
