package main

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// listen opens the listener for an address that a flag names. The address must be a loopback
// address unless remote is set. Without a host it is loopback, or all interfaces if remote is set.
// anyPort is a flag and value that select a free port, and toRemote is what to type to serve other
// machines.
func listen(flag, addr string, remote bool, anyPort, toRemote string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &hint{&misuse{fmt.Errorf("%s %q: must be HOST:PORT", flag, addr)}, anyPort}
	}
	if host == "" && !remote {
		host = "127.0.0.1"
	}
	if !remote && !isLoopback(host) {
		return nil, &hint{&misuse{fmt.Errorf("%s %q: must be a loopback address without --allow-remote", flag, addr)}, toRemote}
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, &hint{fmt.Errorf("listen on %s: the port is in use", addr), anyPort}
	}
	if err != nil {
		return nil, &hint{fmt.Errorf("listen on %s: %w", addr, err), anyPort}
	}
	return l, nil
}

// isLoopback reports whether a host is a loopback address or localhost.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
