package netns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Space is a command with its namespaces. After Start, all methods except Start and Wait are safe
// for concurrent use.
type Space struct {
	serve   func(c net.Conn, to netip.AddrPort, upstream net.Conn)
	connect func(to netip.AddrPort) (net.Conn, error)
	names   names
	local   map[netip.Addr]bool // the addresses of this machine
	cmd     *exec.Cmd
	conn    *net.UnixConn // to the helper

	user bool // use a user namespace for root too; set by tests

	inside []interface{ Close() error } // sockets that were opened inside

	holding sync.Mutex // guards held
	held    map[ends]*held

	opening sync.Mutex    // held while the helper opens a socket
	opened  chan *os.File // the socket, nil if it failed; closed when the helper has ended
	ended   chan struct{} // closed when the helper has ended
	status  *int          // of the command
}

// Start starts a command, once. The caller calls Wait unless it fails.
func (s *Space) Start(cfg Config) error {
	s.names.may = cfg.Resolves
	s.serve, s.connect, s.local, s.held = cfg.Serve, cfg.Connect, map[netip.Addr]bool{}, map[ends]*held{}
	s.opened, s.ended = make(chan *os.File), make(chan struct{})
	set := setup{Covers: cfg.Covers, IPv6: hasIPv6()}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return fmt.Errorf("list the addresses of this machine: %w", err)
	}
	for _, a := range own {
		p, err := netip.ParsePrefix(a.String())
		if err != nil || !p.Addr().IsGlobalUnicast() || p.Addr().Is6() && !set.IPv6 {
			continue
		}
		s.local[p.Addr()] = true
		set.Addrs = append(set.Addrs, p.Addr())
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open a connection to the helper: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "helper"), os.NewFile(uintptr(pair[1]), "caller")
	defer theirs.Close()
	if s.conn, err = packetConn(ours); err != nil {
		return fmt.Errorf("open a connection to the helper: %w", err)
	}
	words := append(append(cfg.Helper[1:len(cfg.Helper):len(cfg.Helper)], cfg.Path), cfg.Args...)
	s.cmd = exec.Command(cfg.Helper[0], words...)
	s.cmd.Env = cfg.Env
	cfg.Streams(s.cmd)
	s.cmd.ExtraFiles = []*os.File{theirs}
	s.cmd.SysProcAttr = namespaces(s.user, cfg.Apart)
	set.Ambient = len(s.cmd.SysProcAttr.AmbientCaps) > 0
	if err := s.cmd.Start(); err != nil {
		s.conn.Close()
		return denied(err)
	}
	if err := s.begin(set); err != nil {
		s.conn.Close() // which ends the helper
		s.cmd.Wait()
		s.closeInside()
		return err
	}
	go s.receive()
	return nil
}

// namespaces returns the attributes of the helper. It keeps its user and groups. Root gets no user
// namespace, because that would have no other users, and programs such as apt change to one.
func namespaces(user, apart bool) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS}
	isRoot := !user && canDo(unix.CAP_SYS_ADMIN) && canDo(unix.CAP_NET_ADMIN)
	if isRoot && !apart {
		return a
	}
	a.Cloneflags |= unix.CLONE_NEWUSER
	a.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Geteuid(), HostID: os.Geteuid(), Size: 1}}
	a.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getegid(), HostID: os.Getegid(), Size: 1}}
	a.AmbientCaps = []uintptr{unix.CAP_NET_ADMIN, unix.CAP_NET_RAW, unix.CAP_SYS_ADMIN}
	if isRoot && canDo(unix.CAP_SETUID) && canDo(unix.CAP_SETGID) {
		a.UidMappings, a.GidMappings, a.GidMappingsEnableSetgroups = allIDs("/proc/self/uid_map"), allIDs("/proc/self/gid_map"), true
	}
	return a
}

// allIDs maps all IDs that a map of this process has to themselves.
func allIDs(file string) (all []syscall.SysProcIDMap) {
	text, _ := os.ReadFile(file)
	for line := range strings.Lines(string(text)) {
		var inside, outside, n int
		if _, err := fmt.Sscan(line, &inside, &outside, &n); err == nil {
			all = append(all, syscall.SysProcIDMap{ContainerID: inside, HostID: inside, Size: n})
		}
	}
	return all
}

// canDo reports whether this process has a capability.
func canDo(capability int) bool {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	return unix.Capget(&head, &data[0]) == nil && data[capability/32].Effective&(1<<(capability%32)) != 0
}

// hasIPv6 reports whether this machine has a route to others by IPv6. Nothing is sent.
func hasIPv6() bool {
	c, err := net.Dial("udp6", "[2001:db8::1]:9")
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// begin has the helper set up everything and start the command.
func (s *Space) begin(set setup) error {
	if err := send(s.conn, message{Setup: &set}); err != nil {
		return fmt.Errorf("send the setup to the helper: %w", err)
	}
	for {
		m, files, err := receive(s.conn)
		switch {
		case err != nil:
			return errors.New("the helper ended before the command was started")
		case m.Ready:
			if err := s.listen(files); err != nil {
				return err
			}
		case m.Started:
			return nil
		case m.Error == "":
			return &StartError{syscall.Errno(m.Errno)}
		case m.Errno == 0:
			return errors.New(m.Error)
		default:
			return denied(fmt.Errorf("%s: %w", m.Error, syscall.Errno(m.Errno)))
		}
	}
}

// listen serves the sockets that the helper's listen returns.
func (s *Space) listen(files []*os.File) error {
	for ; len(files) > 3; files = files[4:] {
		l, err := net.FileListener(files[0])
		dns, derr := net.FilePacketConn(files[1])
		raw, rerr := net.FilePacketConn(files[3])
		if err := errors.Join(err, derr, rerr); err != nil {
			return fmt.Errorf("use a socket of the helper: %w", err)
		}
		for _, i := range []int{0, 1, 3} { // the connections have copies
			files[i].Close()
		}
		s.inside = append(s.inside, l, dns, raw, files[2])
		go s.names.serveDNS(dns)
		go s.watch(files[2], raw.(*net.IPConn), l.Addr())
		go s.accept(l)
	}
	return nil
}

// acceptPause is the time between tries to accept a connection.
const acceptPause = 10 * time.Millisecond

func (s *Space) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // of this connection, or too many files are open
			time.Sleep(acceptPause)
			continue
		}
		e := ends{c.RemoteAddr().(*net.TCPAddr).AddrPort(), c.LocalAddr().(*net.TCPAddr).AddrPort()}
		go s.serve(c, e.to, s.take(e))
	}
}

// receive handles the messages of the helper until it ends.
func (s *Space) receive() {
	defer close(s.ended)
	defer close(s.opened)
	for {
		m, files, err := receive(s.conn)
		switch {
		case err != nil:
			return
		case m.Ended:
			s.status = &m.Status
		case m.Opened && len(files) == 1:
			s.opened <- files[0]
		case m.Opened:
			s.opened <- nil
		}
	}
}

// Name returns the host that the command means by an address that it connects to, given the name
// that it claims, or "". ok is false if that name is not known to have the address. With secure,
// the server proves its name by a certificate, so a name that does not resolve otherwise is
// believed.
func (s *Space) Name(to netip.AddrPort, claimed string, secure bool) (host string, ok bool) {
	return s.names.find(to.Addr(), claimed, secure)
}

// Dial connects to a host:port as the command would without its namespaces. A server of the command
// itself at an address of this machine takes precedence. Only network "tcp" is supported.
func (s *Space) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("port %q: %w", port, err)
	}
	addrs, bound := s.names.addrsOf(host)
	for _, a := range addrs {
		if !a.IsLoopback() && !s.local[a] {
			continue
		}
		if c, err := s.dialInside(netip.AddrPortFrom(a, uint16(n))); !errors.Is(err, unix.ECONNREFUSED) {
			return c, err
		}
	}
	if bound {
		addr = net.JoinHostPort(addrs[0].String(), port)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, addr)
}

// dialInside connects to an address of this machine inside the namespace, which is fast.
func (s *Space) dialInside(to netip.AddrPort) (net.Conn, error) {
	family, sa := unix.AF_INET6, unix.Sockaddr(&unix.SockaddrInet6{Port: int(to.Port()), Addr: to.Addr().As16()})
	if to.Addr().Is4() {
		family, sa = unix.AF_INET, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}
	}
	f := s.open(family)
	if f == nil {
		return nil, net.ErrClosed
	}
	defer f.Close()
	// The limit is for a server whose queue is full.
	if err := unix.SetsockoptTimeval(int(f.Fd()), unix.SOL_SOCKET, unix.SO_SNDTIMEO, &unix.Timeval{Sec: 5}); err != nil {
		return nil, err
	}
	if err := unix.Connect(int(f.Fd()), sa); err != nil {
		return nil, err
	}
	return net.FileConn(f)
}

// open returns a socket that the helper opened, or nil if it failed.
func (s *Space) open(family int) *os.File {
	s.opening.Lock()
	defer s.opening.Unlock()
	if send(s.conn, message{Socket: family}) != nil {
		return nil
	}
	return <-s.opened
}

// Signal sends a signal to the command.
func (s *Space) Signal(sig os.Signal) {
	if n, ok := sig.(syscall.Signal); ok {
		send(s.conn, message{Signal: int(n)})
	}
}

// Wait waits until the command has ended and the processes that it left behind are killed. It
// returns the exit status, or 128+n if signal n ended the command.
func (s *Space) Wait() (status int, err error) {
	<-s.ended
	s.cmd.Wait() // the status is in the message
	s.conn.Close()
	s.closeInside()
	if s.status == nil {
		return 0, fmt.Errorf("its helper ended before it: %v", s.cmd.ProcessState)
	}
	return *s.status, nil
}

func (s *Space) closeInside() {
	for _, c := range s.inside {
		c.Close()
	}
}

// denied returns the error for a system that refuses namespaces, with the setting that does.
func denied(err error) error {
	var cause *os.PathError // of fork and exec, with the path of this program
	if errors.As(err, &cause) {
		err = cause.Err
	}
	if !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EACCES) && !errors.Is(err, unix.ENOSPC) && !errors.Is(err, unix.EINVAL) {
		return err
	}
	for _, s := range []struct{ name, refuses, allows string }{
		{"user.max_user_namespaces", "0", "10000"},
		{"kernel.unprivileged_userns_clone", "0", "1"},             // Debian, Arch
		{"kernel.apparmor_restrict_unprivileged_userns", "1", "0"}, // Ubuntu 23.10 and later
	} {
		value, rerr := os.ReadFile("/proc/sys/" + strings.ReplaceAll(s.name, ".", "/"))
		if rerr == nil && strings.TrimSpace(string(value)) == s.refuses {
			return &DeniedError{err, "sudo sysctl -w " + s.name + "=" + s.allows}
		}
	}
	return &DeniedError{err, "run it as root; in a container, start that with --cap-add SYS_ADMIN --cap-add NET_ADMIN"}
}
