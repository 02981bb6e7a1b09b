package capture

import (
	"cmp"
	"debug/buildinfo"
	"debug/elf"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// This file observes which programs connect past a proxy, although their environment names it:
// a process and all that it starts. It names each program, where it connected to, and what a person
// can do about it.
//
// It looks at the tables of the kernel in turns, so it misses connections that are shorter than
// about ten milliseconds. It works on Linux; elsewhere it sees nothing. Programs in another network
// namespace, such as containers, are not seen.

// Limits of what is observed.
const (
	maxBypassing = 64
	maxAddresses = 5 // that a Program lists
	// Looks begin dense, because a command may end soon, and cost at most one part in costRatio of
	// the time of one CPU.
	firstWait = 4 * time.Millisecond
	lastWait  = 250 * time.Millisecond
	costRatio = 20
)

// bypassProgram is a program that was seen with connections.
type bypassProgram struct {
	// Name is the base name of its file.
	Name string
	Kind bypassKind
	// Proxied reports whether it connected to the proxy.
	Proxied bool
	// Direct are addresses that it connected to past the proxy, at most five of Connections.
	Direct      []netip.AddrPort
	Connections int
	// QUIC reports whether one of them was of UDP at port 443, thus HTTP/3.
	QUIC bool
}

// bypassKind is what a program is made with, as far as this matters for proxies.
type bypassKind string

// The kinds of programs; "" is any other.
const (
	bypassGo       bypassKind = "Go"
	bypassJava     bypassKind = "Java"
	bypassNode     bypassKind = "Node.js"
	bypassPython   bypassKind = "Python"
	bypassRuby     bypassKind = "Ruby"
	bypassChromium bypassKind = "Chromium"
	bypassFirefox  bypassKind = "Firefox"
	bypassGnuTLS   bypassKind = "GnuTLS"
)

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

// connected notes a connection of a program.
func (w *bypassWatcher) connected(path string, kind func() bypassKind, to netip.AddrPort, udp bool) {
	p := w.programs[path]
	if p == nil {
		if len(w.programs) == maxBypassing {
			return
		}
		p = &bypassProgram{Name: filepath.Base(path), Kind: kind()}
		w.programs[path] = p
	}
	if to == w.proxy {
		p.Proxied = true
		return
	}
	if udp && p.IsBrowser() {
		return // they connect such sockets to ask for a route, and send nothing
	}
	p.Connections++
	p.QUIC = p.QUIC || udp
	if len(p.Direct) < maxAddresses && !slices.Contains(p.Direct, to) {
		p.Direct = append(p.Direct, to)
	}
}

// bypassCommand describes a program by its file, for one that ended before it was seen with
// connections.
func bypassCommand(path string) bypassProgram {
	return bypassProgram{Name: filepath.Base(path), Kind: kindOf(path, path, nil)}
}

// kindOf tells a kind by the path of a program, its file and the files that it maps.
func kindOf(path, file string, maps []byte) bypassKind {
	base := strings.ToLower(filepath.Base(path))
	for _, k := range []struct {
		prefix string
		kind   bypassKind
	}{
		{"firefox", bypassFirefox}, {"chrom", bypassChromium}, {"headless_shell", bypassChromium}, {"google-chrome", bypassChromium}, {"msedge", bypassChromium},
		{"brave", bypassChromium}, {"java", bypassJava}, {"node", bypassNode}, {"electron", bypassNode}, {"python", bypassPython}, {"ruby", bypassRuby},
	} {
		if strings.HasPrefix(base, k.prefix) && !strings.Contains(base, "driver") {
			return k.kind
		}
	}
	text := string(maps)
	switch {
	case strings.Contains(text, "/libjvm.so"):
		return bypassJava
	case isGo(file):
		return bypassGo
	case strings.Contains(text, "/libgnutls"), maps == nil && needsGnuTLS(file):
		return bypassGnuTLS
	}
	return ""
}

// needsGnuTLS reports whether a program of Linux names GnuTLS among its libraries.
func needsGnuTLS(file string) bool {
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := elf.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	libraries, err := f.ImportedLibraries()
	return err == nil && slices.ContainsFunc(libraries, func(l string) bool { return strings.HasPrefix(l, "libgnutls") })
}

func isGo(file string) bool {
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return false
	}
	_, err := buildinfo.ReadFile(file)
	return err == nil
}
