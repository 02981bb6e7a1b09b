package capture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// maxProcesses bounds the processes that one poll reads.
const maxProcesses = 4096

// look records the current connections of the processes.
func (w *bypassWatcher) look() {
	w.findProcesses()
	fresh := w.freshSockets("/proc/" + strconv.Itoa(w.root) + "/net/")
	if len(fresh) == 0 {
		return
	}
	for pid := range w.known {
		dir := "/proc/" + strconv.Itoa(pid)
		links, err := os.ReadDir(dir + "/fd")
		if err != nil {
			continue // it ended
		}
		for _, l := range links {
			name, err := os.Readlink(dir + "/fd/" + l.Name())
			if err != nil || !strings.HasPrefix(name, "socket:[") {
				continue
			}
			inode, err := strconv.ParseUint(strings.TrimSuffix(name[len("socket:["):], "]"), 10, 64)
			if to, ok := fresh[inode]; err == nil && ok && !w.sockets[inode] {
				w.sockets[inode] = true
				w.note(dir, to)
			}
		}
	}
}

// note records a connection of the process whose /proc folder is dir.
func (w *bypassWatcher) note(dir string, to remote) {
	if path, err := os.Readlink(dir + "/exe"); err == nil {
		w.connected(strings.TrimSuffix(path, " (deleted)"), to)
	}
}

// findProcesses adds the descendants of known processes. One whose parent has ended stays known.
func (w *bypassWatcher) findProcesses() {
	queue := []int{w.root}
	for pid, started := range w.known {
		switch now, ok := startOf(pid); {
		case !ok || now != started: // the process ended, or another process has its number
			delete(w.known, pid)
		case pid != w.root:
			queue = append(queue, pid)
		}
	}
	for len(queue) > 0 && len(w.known) < maxProcesses {
		pid := queue[0]
		queue = queue[1:]
		if _, ok := w.known[pid]; !ok {
			started, ok := startOf(pid)
			if !ok {
				continue
			}
			w.known[pid] = started
		}
		for _, child := range children(pid) {
			if _, ok := w.known[child]; !ok {
				queue = append(queue, child)
			}
		}
	}
}

// children returns the processes that the threads of a process have started.
func children(pid int) (pids []int) {
	files, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children")
	for _, file := range files {
		data, _ := os.ReadFile(file)
		for _, word := range bytes.Fields(data) {
			if n, err := strconv.Atoi(string(word)); err == nil {
				pids = append(pids, n)
			}
		}
	}
	return pids
}

// startOf returns when a process has started, in ticks since the start of the system.
func startOf(pid int) (uint64, bool) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, false
	}
	// The name of the program, in parentheses, may contain anything. Field 22 is 20 after it.
	fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:])
	if len(fields) < 20 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(fields[19]), 10, 64)
	return n, err == nil
}

// freshSockets returns the connected outgoing sockets of the tables in a folder by inode, except
// those that were returned before.
func (w *bypassWatcher) freshSockets(dir string) map[uint64]remote {
	fresh, listening := map[uint64]remote{}, map[uint16]bool{}
	local := map[uint64]uint16{}
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		udp := strings.HasPrefix(table, "udp")
		readTable(dir+table, func(from, to netip.AddrPort, state string, inode uint64) {
			switch {
			case !udp && state == "0A":
				listening[from.Port()] = true
			case inode == 0 || w.sockets[inode] || to.Port() == 0:
			case udp && to.Port() != 443: // name servers and the like
			case udp || state == "01" || state == "02": // established, or about to be
				fresh[inode], local[inode] = remote{to, udp}, from.Port()
			}
		})
	}
	for inode, port := range local {
		if listening[port] { // an incoming connection
			delete(fresh, inode)
		}
	}
	return fresh
}

// readTable calls f for the lines of a table such as /proc/net/tcp.
func readTable(path string, f func(from, to netip.AddrPort, state string, inode uint64)) {
	file, err := os.Open(path)
	if err != nil {
		return
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 10 {
			continue
		}
		from, ok1 := parseAddress(fields[1])
		to, ok2 := parseAddress(fields[2])
		inode, err := strconv.ParseUint(fields[9], 10, 64)
		if ok1 && ok2 && err == nil {
			f(from, to, fields[3], inode)
		}
	}
}

// parseAddress reads an address such as 0100007F:1F90: words of four bytes in the order of this
// machine, and a port.
func parseAddress(s string) (netip.AddrPort, bool) {
	words, port, _ := strings.Cut(s, ":")
	data, err := hex.DecodeString(words)
	n, perr := strconv.ParseUint(port, 16, 16)
	if err != nil || perr != nil || len(data) != 4 && len(data) != 16 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(data); i += 4 {
		binary.NativeEndian.PutUint32(data[i:], binary.BigEndian.Uint32(data[i:]))
	}
	addr, _ := netip.AddrFromSlice(data)
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)), true
}
