package capture

import (
	"cmp"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// This file observes which programs connect past a proxy, although their environment names it:
// a process and all that it starts. It names each program and where it connected to.
//
// It polls the kernel's socket tables, so it misses connections that are shorter than about ten
// milliseconds. It works on Linux; elsewhere it sees nothing. Programs in another network
// namespace, such as containers, are not seen.

// Limits of the observation.
const (
	maxBypassing = 64
	maxAddresses = 5 // that a Program lists
	// Polls are frequent at first, because a command may end soon. They use at most 1/costRatio of
	// the time of one CPU.
	firstWait = 4 * time.Millisecond
	lastWait  = 250 * time.Millisecond
	costRatio = 20
)

// bypassProgram is a program that was seen with connections.
type bypassProgram struct {
	// Name is the base name of its file.
	Name string
	// Proxied reports whether it connected to the proxy.
	Proxied bool
	// Direct are addresses that it connected to past the proxy, at most five of Connections.
	Direct      []netip.AddrPort
	Connections int
}

// bypassWatcher observes a process and its descendants.
type bypassWatcher struct {
	proxy netip.AddrPort
	stop  chan struct{}
	done  sync.WaitGroup

	// Used by one goroutine, then by Stop.
	root     int
	known    map[int]uint64 // processes, with the times of their starts
	sockets  map[uint64]bool
	programs map[string]*bypassProgram // by path
}

func newWatcher(pid int, proxy netip.AddrPort) *bypassWatcher {
	return &bypassWatcher{
		proxy: proxy, stop: make(chan struct{}), root: pid,
		known: map[int]uint64{}, sockets: map[uint64]bool{}, programs: map[string]*bypassProgram{},
	}
}

// watchBypass observes a process that has just started. Its environment names the proxy.
// The caller calls Stop.
func watchBypass(pid int, proxy netip.AddrPort) *bypassWatcher {
	w := newWatcher(pid, proxy)
	w.done.Go(func() {
		wait := firstWait
		for {
			began := time.Now()
			w.look()
			wait = min(max(wait, costRatio*time.Since(began)), lastWait)
			select {
			case <-w.stop:
				return
			case <-time.After(wait):
			}
			wait += wait / 16
		}
	})
	return w
}

// Stop ends the observation and returns the programs, by name.
func (w *bypassWatcher) Stop() []bypassProgram {
	close(w.stop)
	w.done.Wait()
	var ps []bypassProgram
	for _, p := range w.programs {
		slices.SortFunc(p.Direct, netip.AddrPort.Compare)
		ps = append(ps, *p)
	}
	slices.SortFunc(ps, func(a, b bypassProgram) int { return cmp.Compare(a.Name, b.Name) })
	return ps
}

// remote is the other end of a socket.
type remote struct {
	addr netip.AddrPort
	udp  bool
}

// connected records a connection of a program.
func (w *bypassWatcher) connected(path string, to remote) {
	p := w.programs[path]
	if p == nil {
		if len(w.programs) == maxBypassing {
			return
		}
		p = &bypassProgram{Name: filepath.Base(path)}
		w.programs[path] = p
	}
	if to.addr == w.proxy {
		p.Proxied = true
		return
	}
	if to.udp && p.IsBrowser() {
		return // programs connect such sockets to find a route, and send nothing
	}
	p.Connections++
	if len(p.Direct) < maxAddresses && !slices.Contains(p.Direct, to.addr) {
		p.Direct = append(p.Direct, to.addr)
	}
}

// ports are the ports of HTTP. Other ports are more often those of databases.
var ports = []uint16{80, 443}

// browsers are prefixes of the names of browsers, which connect only to HTTP servers.
var browsers = []string{"firefox", "chrom", "headless_shell", "google-chrome", "msedge", "brave"}

// IsBrowser reports whether the program is a browser.
func (p bypassProgram) IsBrowser() bool {
	name := strings.ToLower(p.Name)
	return !strings.Contains(name, "driver") && slices.ContainsFunc(browsers, func(b string) bool { return strings.HasPrefix(name, b) })
}

// Missed reports whether a program seems to have sent HTTP past the proxy while other programs of
// the run used the proxy: it connected to another machine, to an HTTP port, or is a browser.
func (p bypassProgram) Missed() bool {
	return slices.ContainsFunc(p.Direct, func(a netip.AddrPort) bool {
		return p.IsBrowser() || slices.Contains(ports, a.Port()) && !a.Addr().IsLoopback()
	})
}

// String describes a program and its connections: "server to 127.0.0.1:3000".
func (p bypassProgram) String() string {
	var to []string
	for _, a := range p.Direct {
		to = append(to, a.String())
	}
	if p.Connections > len(p.Direct) {
		to = append(to, fmt.Sprintf("%d connections", p.Connections))
	}
	return p.Name + " to " + strings.Join(to, ", ")
}

// Advice explains how to record a program that connected past the proxy.
func (p bypassProgram) Advice() string {
	if p.IsBrowser() {
		return "spectap browser URL"
	}
	return "spectap run --transparent -- COMMAND, or let it call the address of: spectap proxy --reverse URL"
}

// Trust explains how a program that uses the proxy can trust its CA.
func (p bypassProgram) Trust() string {
	if p.IsBrowser() {
		return "spectap browser URL; for browsers that tests start, docs/desktop.md"
	}
	return "spectap ca install, or an option of it that names $SSL_CERT_FILE"
}
